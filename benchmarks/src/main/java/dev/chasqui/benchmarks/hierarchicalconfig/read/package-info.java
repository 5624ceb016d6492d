/** What does reading one setting cost? A class for each who answers. */
@NullMarked
package dev.chasqui.benchmarks.hierarchicalconfig.read;

import org.jspecify.annotations.NullMarked;
