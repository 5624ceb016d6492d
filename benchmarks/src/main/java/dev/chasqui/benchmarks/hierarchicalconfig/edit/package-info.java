/** One entry changes: what it costs to have the effective config of after it. */
@NullMarked
package dev.chasqui.benchmarks.hierarchicalconfig.edit;

import org.jspecify.annotations.NullMarked;
