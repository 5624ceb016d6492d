/** What does a row cost that is in Redis, of a caller who waits for it? */
@NullMarked
package dev.chasqui.benchmarks.pointcache.redis;

import org.jspecify.annotations.NullMarked;
