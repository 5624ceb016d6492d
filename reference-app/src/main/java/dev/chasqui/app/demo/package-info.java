/** The demo's story: three companies and what they have decided. */
@NullMarked
package dev.chasqui.app.demo;

import org.jspecify.annotations.NullMarked;
