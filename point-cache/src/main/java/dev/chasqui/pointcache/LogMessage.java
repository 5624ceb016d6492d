package dev.chasqui.pointcache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL tells of its log, by <a
 * href="https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html">pgoutput</a>, version 1: as much
 * as is of use here.
 */
sealed interface LogMessage {
  /** A transaction's changes come next. */
  record Begin(int xid) implements LogMessage {}

  /** They were all. */
  record Commit() implements LogMessage {}

  /** What a number means from now on. */
  record Relation(int id, String schema, String name, List<Attribute> columns)
      implements LogMessage {}

  /** A column, and numbers of PostgreSQL that are others when its type changes. */
  record Attribute(String name, int type, int modifier) {}

  /**
   * A row was inserted, changed or deleted.
   *
   * @param before what of the old row is told: its key if that changed, or all of it, or nothing
   * @param after the new row
   */
  record Change(
      int relation,
      @Nullable List<@Nullable String> before,
      @Nullable List<@Nullable String> after) implements LogMessage {}

  /** All rows of some tables were deleted. */
  record Truncate(List<Integer> relations) implements LogMessage {}

  /** What somebody wrote into the log. */
  record Note(String prefix, String content) implements LogMessage {}

  /** Types and origins. */
  record Other() implements LogMessage {}

  /** Reads one message. */
  static LogMessage read(ByteBuffer bytes) {
    char type = (char) bytes.get();
    return switch (type) {
      case 'B' -> {
        bytes.getLong(); // where the commit is
        bytes.getLong(); // when
        yield new Begin(bytes.getInt());
      }
      case 'C' -> new Commit();
      case 'R' -> relation(bytes);
      case 'I' -> {
        int relation = bytes.getInt();
        bytes.get(); // N
        yield new Change(relation, null, tuple(bytes));
      }
      case 'U' -> {
        int relation = bytes.getInt();
        List<@Nullable String> before = null;
        if ((char) bytes.get() != 'N') { // K or O
          before = tuple(bytes);
          bytes.get();
        }
        yield new Change(relation, before, tuple(bytes));
      }
      case 'D' -> {
        int relation = bytes.getInt();
        bytes.get(); // K or O
        yield new Change(relation, tuple(bytes), null);
      }
      case 'T' -> {
        int count = bytes.getInt();
        bytes.get(); // options
        List<Integer> relations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          relations.add(bytes.getInt());
        }
        yield new Truncate(relations);
      }
      case 'M' -> {
        bytes.get(); // whether it is a transaction's
        bytes.getLong(); // where it is
        String prefix = text(bytes);
        yield new Note(prefix, text(bytes, bytes.getInt()));
      }
      default -> new Other();
    };
  }

  private static Relation relation(ByteBuffer bytes) {
    int id = bytes.getInt();
    String schema = text(bytes);
    String name = text(bytes);
    bytes.get(); // replica identity
    int count = bytes.getShort();
    List<Attribute> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      bytes.get(); // whether it is of the key
      columns.add(new Attribute(text(bytes), bytes.getInt(), bytes.getInt()));
    }
    return new Relation(id, schema, name, List.copyOf(columns));
  }

  /** Null is {@code NULL}, or a large value that did not change: there is nothing to fence for either. */
  private static List<@Nullable String> tuple(ByteBuffer bytes) {
    int count = bytes.getShort();
    List<@Nullable String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add((char) bytes.get() == 't' ? text(bytes, bytes.getInt()) : null);
    }
    return texts;
  }

  private static String text(ByteBuffer bytes, int length) {
    byte[] text = new byte[length];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** Up to a zero. */
  private static String text(ByteBuffer bytes) {
    int start = bytes.position();
    while (bytes.get() != 0) {
      // to its end
    }
    byte[] text = new byte[bytes.position() - start - 1];
    bytes.get(start, text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
