/** What evaluating a flag costs, here and elsewhere. */
@NullMarked
package dev.chasqui.benchmarks.featureflags;

import org.jspecify.annotations.NullMarked;
