/** What sources of flags share, whichever package they are in. */
@NullMarked
package dev.chasqui.featureflags.internal;

import org.jspecify.annotations.NullMarked;
