/** HTTP with the JDK's client and its server. */
@NullMarked
package dev.chasqui.tracing.http;

import org.jspecify.annotations.NullMarked;
