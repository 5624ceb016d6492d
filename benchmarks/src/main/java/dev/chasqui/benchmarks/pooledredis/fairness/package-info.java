/** How evenly is a pool shared out by those who wait for it? */
@NullMarked
package dev.chasqui.benchmarks.pooledredis.fairness;

import org.jspecify.annotations.NullMarked;
