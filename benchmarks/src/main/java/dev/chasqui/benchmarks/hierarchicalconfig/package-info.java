/** What the benchmarks of hierarchical-config are fed with. */
@NullMarked
package dev.chasqui.benchmarks.hierarchicalconfig;

import org.jspecify.annotations.NullMarked;
