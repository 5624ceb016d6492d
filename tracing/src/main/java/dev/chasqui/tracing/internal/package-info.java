/** What several packages of ours share. */
@NullMarked
package dev.chasqui.tracing.internal;

import org.jspecify.annotations.NullMarked;
