/**
 * What OpenTelemetry's SDK can do besides: keeping what failed though nobody sampled it, rolling up what is too much, guarding
 * names; traces in memory, and their picture.
 */
@NullMarked
package dev.chasqui.tracing.sdk;

import org.jspecify.annotations.NullMarked;
