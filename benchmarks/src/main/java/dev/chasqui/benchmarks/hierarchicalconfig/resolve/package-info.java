/** What does making an effective config out of layers cost? A class for each who answers. */
@NullMarked
package dev.chasqui.benchmarks.hierarchicalconfig.resolve;

import org.jspecify.annotations.NullMarked;
