/** The way of a committed change from PostgreSQL through the Redis Stream to every node. */
@NullMarked
package dev.chasqui.app.pipeline;

import org.jspecify.annotations.NullMarked;
