/** Imports of settings, nodes and profiles from files: see {@code docs/import-format.md}. */
@NullMarked
package dev.chasqui.app.importing;

import org.jspecify.annotations.NullMarked;
