/**
 * Takes over flags from other systems, where they can be kept exactly: {@link
 * dev.chasqui.featureflags.importing.LaunchDarklyImport}, {@link dev.chasqui.featureflags.importing.GrowthBookImport},
 * {@link dev.chasqui.featureflags.importing.UnleashImport}.
 */
@NullMarked
package dev.chasqui.featureflags.importing;

import org.jspecify.annotations.NullMarked;
