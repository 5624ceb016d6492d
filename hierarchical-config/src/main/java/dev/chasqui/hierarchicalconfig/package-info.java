/**
 * Hierarchical configuration: start at {@link dev.chasqui.hierarchicalconfig.Setting} to declare, at
 * {@link dev.chasqui.hierarchicalconfig.Resolver} to resolve, at {@link
 * dev.chasqui.hierarchicalconfig.LiveConfig} to read what is in force.
 */
@NullMarked
package dev.chasqui.hierarchicalconfig;

import org.jspecify.annotations.NullMarked;
