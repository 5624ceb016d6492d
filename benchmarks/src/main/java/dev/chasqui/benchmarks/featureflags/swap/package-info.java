/** A flag asked for while documents come. */
@NullMarked
package dev.chasqui.benchmarks.featureflags.swap;

import org.jspecify.annotations.NullMarked;
