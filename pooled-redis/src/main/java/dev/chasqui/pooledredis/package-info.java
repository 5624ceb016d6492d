/** Redis connections, shared and borrowed: start at {@link dev.chasqui.pooledredis.PooledRedis}. */
@NullMarked
package dev.chasqui.pooledredis;

import org.jspecify.annotations.NullMarked;
