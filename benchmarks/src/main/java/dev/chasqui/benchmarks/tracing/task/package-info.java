/** A task that keeps what is current. */
@NullMarked
package dev.chasqui.benchmarks.tracing.task;

import org.jspecify.annotations.NullMarked;
