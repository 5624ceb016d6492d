/** What OpenTelemetry's SDK can do besides: traces in memory, and their picture. */
@NullMarked
package dev.chasqui.tracing.sdk;

import org.jspecify.annotations.NullMarked;
