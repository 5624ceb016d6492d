/** What does a row cost that is in this process' memory? */
@NullMarked
package dev.chasqui.benchmarks.pointcache.near;

import org.jspecify.annotations.NullMarked;
