/**
 * Which config spans were made under. Needs {@code io.opentelemetry:opentelemetry-api}, which the artifact does not bring
 * along, so that devices go without.
 */
@NullMarked
package dev.chasqui.hierarchicalconfig.tracing;

import org.jspecify.annotations.NullMarked;
