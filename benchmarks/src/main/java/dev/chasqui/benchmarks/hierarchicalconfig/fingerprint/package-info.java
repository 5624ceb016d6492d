/** The fingerprint of an effective config: what making it costs, and after an edit. */
@NullMarked
package dev.chasqui.benchmarks.hierarchicalconfig.fingerprint;

import org.jspecify.annotations.NullMarked;
