/** Trace ids in the lines of Log4j. */
@NullMarked
package dev.chasqui.tracing.log4j;

import org.jspecify.annotations.NullMarked;
