/** A span around code, with three fields. */
@NullMarked
package dev.chasqui.benchmarks.tracing.span;

import org.jspecify.annotations.NullMarked;
