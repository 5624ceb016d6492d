/** What watches contexts and hand-overs in a whole JVM. */
@NullMarked
package dev.chasqui.tracing.testing.internal;

import org.jspecify.annotations.NullMarked;
