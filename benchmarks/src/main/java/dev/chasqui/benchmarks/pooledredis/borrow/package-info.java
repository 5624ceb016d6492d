/** What does borrowing a connection and giving it back cost, if nothing is sent? A class for each pool. */
@NullMarked
package dev.chasqui.benchmarks.pooledredis.borrow;

import org.jspecify.annotations.NullMarked;
