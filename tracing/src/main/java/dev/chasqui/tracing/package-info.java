/**
 * A thin layer on the OpenTelemetry API: start at {@link dev.chasqui.tracing.Tracing}, which makes spans, and
 * {@link dev.chasqui.tracing.Trace}, for all that is about the current one.
 */
@NullMarked
package dev.chasqui.tracing;

import org.jspecify.annotations.NullMarked;
