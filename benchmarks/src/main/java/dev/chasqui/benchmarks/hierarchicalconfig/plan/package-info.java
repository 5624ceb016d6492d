/** A change to a fleet: what finding out beforehand all that it does costs. */
@NullMarked
package dev.chasqui.benchmarks.hierarchicalconfig.plan;

import org.jspecify.annotations.NullMarked;
