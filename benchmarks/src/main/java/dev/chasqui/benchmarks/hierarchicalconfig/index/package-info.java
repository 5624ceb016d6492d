/** An index of a fleet: what serving a device's effective config out of it costs, and editing it. */
@NullMarked
package dev.chasqui.benchmarks.hierarchicalconfig.index;

import org.jspecify.annotations.NullMarked;
