package dev.chasqui.pointcache;

/**
 * A column of a {@link Table}.
 *
 * @param name as in the catalogue, without quotes
 * @param type as PostgreSQL's {@code format_type} writes it, such as {@code character varying(17)}
 */
public record Column(String name, String type) {}
