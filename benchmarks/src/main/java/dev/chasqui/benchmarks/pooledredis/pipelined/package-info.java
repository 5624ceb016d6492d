/** What do GETs and SETs cost, of a caller who has 64 under way? A class for each who sends them. */
@NullMarked
package dev.chasqui.benchmarks.pooledredis.pipelined;

import org.jspecify.annotations.NullMarked;
