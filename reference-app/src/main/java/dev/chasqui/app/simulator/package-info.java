/** A fleet that is not there: real device clients in one process. */
@NullMarked
package dev.chasqui.app.simulator;

import org.jspecify.annotations.NullMarked;
