/** The device side of Chasqui: start at {@link dev.chasqui.edgeclient.EdgeClient}. */
@NullMarked
package dev.chasqui.edgeclient;

import org.jspecify.annotations.NullMarked;
