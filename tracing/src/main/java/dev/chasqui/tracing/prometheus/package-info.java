/** Exemplars for Prometheus. */
@NullMarked
package dev.chasqui.tracing.prometheus;

import org.jspecify.annotations.NullMarked;
