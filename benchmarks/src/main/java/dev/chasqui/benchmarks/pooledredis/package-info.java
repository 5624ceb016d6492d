/** What all questions about pooled-redis share: the server, its keys, the page of results. */
@NullMarked
package dev.chasqui.benchmarks.pooledredis;

import org.jspecify.annotations.NullMarked;
