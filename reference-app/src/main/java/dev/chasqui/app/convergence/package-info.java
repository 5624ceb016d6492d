/** How far changes have got: acks on their way in, and what they add up to. */
@NullMarked
package dev.chasqui.app.convergence;

import org.jspecify.annotations.NullMarked;
