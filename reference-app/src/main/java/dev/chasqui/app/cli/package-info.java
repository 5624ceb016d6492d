/** The command line. */
@NullMarked
package dev.chasqui.app.cli;

import org.jspecify.annotations.NullMarked;
