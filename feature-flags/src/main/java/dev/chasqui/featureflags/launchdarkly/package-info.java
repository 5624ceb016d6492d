/** Takes over flags from LaunchDarkly: start at {@link dev.chasqui.featureflags.launchdarkly.LaunchDarklyImport}. */
@NullMarked
package dev.chasqui.featureflags.launchdarkly;

import org.jspecify.annotations.NullMarked;
