/** Traces in tests: start at {@link dev.chasqui.tracing.testing.TraceRecorder}. */
@NullMarked
package dev.chasqui.tracing.testing;

import org.jspecify.annotations.NullMarked;
