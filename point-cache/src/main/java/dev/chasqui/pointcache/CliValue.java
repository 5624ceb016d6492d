package dev.chasqui.pointcache;

import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A value of a column, as {@link Cli} is asked about it.
 *
 * @param definition of the table, asked for by that column
 * @param value as {@link CachedTable} takes it
 * @param text PostgreSQL's
 */
record CliValue(TableDefinition definition, Table table, String column, Object value, String text) {
  private static final Pattern BYTES = Pattern.compile("\\\\x(?:[0-9a-fA-F]{2})*");

  /**
   * Finds the table, and makes the value of its text.
   *
   * @param words table, column and value
   * @throws IllegalArgumentException if there is no such table, it is not asked for by that column, or that has no such value
   */
  static CliValue of(Catalogue catalogue, List<String> words) {
    String name = words.get(0);
    int dot = name.indexOf('.');
    TableDefinition definition = TableDefinition.of(name.substring(dot + 1))
        .withSchema(dot < 0 ? "public" : name.substring(0, dot));
    String column = words.get(1);
    TableDefinition asked = catalogue
        .describe(definition.schema(), definition.name())
        .map(table -> askedBy(definition, table, column))
        .orElse(definition);
    Table table = catalogue.find(asked);
    KeyType type = table.keyType(column);
    try {
      Object value = value(type, words.get(2));
      return new CliValue(asked, table, column, value, type.text(type.canonical(value)));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new IllegalArgumentException(
          table + "." + column + " is a " + type + ", which \"" + words.get(2) + "\" is not: "
              + e.getMessage(),
          e);
    }
  }

  private static TableDefinition askedBy(TableDefinition definition, Table table, String column) {
    if (column.equals(table.key())) {
      return definition;
    }
    return table.unique().contains(column)
        ? definition.withUnique(column)
        : definition.withIndexed(column);
  }

  boolean isKey() {
    return column.equals(table.key());
  }

  private static Object value(KeyType type, String text) {
    return switch (type) {
      case SMALLINT, INTEGER, BIGINT -> Long.valueOf(text);
      case UUID_ -> UUID.fromString(text);
      case BOOLEAN ->
        switch (text.toLowerCase(Locale.ROOT)) {
          case "t", "true" -> true;
          case "f", "false" -> false;
          default -> throw new IllegalArgumentException("there are t and f");
        };
      case DATE -> LocalDate.parse(text);
      case BYTEA -> {
        if (!BYTES.matcher(text).matches()) {
          throw new IllegalArgumentException("it is \\x and hexadecimal digits");
        }
        yield HexFormat.of().parseHex(text, 2, text.length());
      }
      case TEXT -> text;
    };
  }
}
