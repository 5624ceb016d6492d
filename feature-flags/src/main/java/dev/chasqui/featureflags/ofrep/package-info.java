/** Flags for clients of OpenFeature's Remote Evaluation Protocol: start at {@link dev.chasqui.featureflags.ofrep.Ofrep}. */
@NullMarked
package dev.chasqui.featureflags.ofrep;

import org.jspecify.annotations.NullMarked;
