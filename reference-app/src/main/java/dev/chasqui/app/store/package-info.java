/** The truth, in PostgreSQL: settings, fleet, profiles and changes. */
@NullMarked
package dev.chasqui.app.store;

import org.jspecify.annotations.NullMarked;
