/** What does one GET or SET cost, of a caller who waits for the answer? A class for each who sends it. */
@NullMarked
package dev.chasqui.benchmarks.pooledredis.commands;

import org.jspecify.annotations.NullMarked;
