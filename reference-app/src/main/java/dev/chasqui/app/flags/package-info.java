/** Flags as a node holds them: current, with what changed lately, and telling those who listen. */
@NullMarked
package dev.chasqui.app.flags;

import org.jspecify.annotations.NullMarked;
