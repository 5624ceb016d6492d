/**
 * What flags came to, in traces. Needs {@code io.opentelemetry:opentelemetry-api}, which the artifact does not bring along, so that
 * others go without.
 */
@NullMarked
package dev.chasqui.featureflags.tracing;

import org.jspecify.annotations.NullMarked;
