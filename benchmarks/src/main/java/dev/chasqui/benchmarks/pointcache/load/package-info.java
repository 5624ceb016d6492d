/** Point queries of several processes under load, and how stale what they were answered was. */
@NullMarked
package dev.chasqui.benchmarks.pointcache.load;

import org.jspecify.annotations.NullMarked;
