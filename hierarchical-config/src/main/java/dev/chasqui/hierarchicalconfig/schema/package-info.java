/**
 * JSON Schema for settings that are objects or lists. Needs {@code com.networknt:json-schema-validator}
 * from 3.0 on, which the artifact does not bring along, so that devices go without.
 */
@NullMarked
package dev.chasqui.hierarchicalconfig.schema;

import org.jspecify.annotations.NullMarked;
