/** A trace that is written, and read. */
@NullMarked
package dev.chasqui.benchmarks.tracing.token;

import org.jspecify.annotations.NullMarked;
