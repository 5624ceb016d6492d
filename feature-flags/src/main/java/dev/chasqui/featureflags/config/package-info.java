/**
 * Rules and buckets for the entries of {@code hierarchical-config}. Needs {@code dev.chasqui:hierarchical-config}, which the
 * artifact does not bring along, so that those who have flags alone go without.
 */
@NullMarked
package dev.chasqui.featureflags.config;

import org.jspecify.annotations.NullMarked;
