/** Point-query cache. */
@NullMarked
package dev.chasqui.pointcache;

import org.jspecify.annotations.NullMarked;
