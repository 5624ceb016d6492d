/** The administrators' port: REST, its OpenAPI document, and the back office. Start at {@link dev.chasqui.app.web.BackOffice}. */
@NullMarked
package dev.chasqui.app.web;

import org.jspecify.annotations.NullMarked;
