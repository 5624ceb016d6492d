/** What a span, a task handed over and a trace sent away cost. */
@NullMarked
package dev.chasqui.benchmarks.tracing;

import org.jspecify.annotations.NullMarked;
