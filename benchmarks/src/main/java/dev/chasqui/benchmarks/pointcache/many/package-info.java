/** What do a hundred rows cost that are in Redis, of a caller who waits for them? */
@NullMarked
package dev.chasqui.benchmarks.pointcache.many;

import org.jspecify.annotations.NullMarked;
