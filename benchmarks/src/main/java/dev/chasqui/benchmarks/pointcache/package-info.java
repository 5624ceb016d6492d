/** What all questions about point-cache share: the servers, the rows in them, who answers. */
@NullMarked
package dev.chasqui.benchmarks.pointcache;

import org.jspecify.annotations.NullMarked;
