/**
 * Feature flags: start at {@link dev.chasqui.featureflags.FlagProvider}, which OpenFeature asks, or at {@link
 * dev.chasqui.featureflags.FlagSet}, which evaluates without it.
 */
@NullMarked
package dev.chasqui.featureflags;

import org.jspecify.annotations.NullMarked;
