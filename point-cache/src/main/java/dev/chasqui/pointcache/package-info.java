/** Point-query cache: start at {@link dev.chasqui.pointcache.PointCache}. */
@NullMarked
package dev.chasqui.pointcache;

import org.jspecify.annotations.NullMarked;
