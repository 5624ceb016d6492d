/** How many bytes of memory catalogues, effective configs and an index take. */
@NullMarked
package dev.chasqui.benchmarks.hierarchicalconfig.memory;

import org.jspecify.annotations.NullMarked;
