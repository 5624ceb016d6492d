/** The reference app: a system that pushes configuration to fleets of trucks. */
@NullMarked
package dev.chasqui.app;

import org.jspecify.annotations.NullMarked;
