/**
 * Watches what calls come to under each variant of a flag, and acts when one does harm: start at {@link
 * dev.chasqui.featureflags.guard.ReleaseGuard}.
 */
@NullMarked
package dev.chasqui.featureflags.guard;

import org.jspecify.annotations.NullMarked;
