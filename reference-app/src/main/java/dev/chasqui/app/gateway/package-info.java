/** The port that devices connect to. The protocol is in edge-client's PROTOCOL.md. */
@NullMarked
package dev.chasqui.app.gateway;

import org.jspecify.annotations.NullMarked;
