/** One flag for one of 1,024 users. */
@NullMarked
package dev.chasqui.benchmarks.featureflags.evaluate;

import org.jspecify.annotations.NullMarked;
