/**
 * Flags that are kept in Redis, and told to all who use them. Needs {@code dev.chasqui:pooled-redis}, which the artifact does not
 * bring along.
 */
@NullMarked
package dev.chasqui.featureflags.redis;

import org.jspecify.annotations.NullMarked;
