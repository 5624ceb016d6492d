/** Trace ids in the lines of Logback. */
@NullMarked
package dev.chasqui.tracing.logback;

import org.jspecify.annotations.NullMarked;
