package dev.chasqui.pointcache;

import java.util.ArrayList;
import java.util.List;

/** Something that an actor of a history did, as one line of its log. Times are {@link System#nanoTime()}. */
sealed interface HistoryEvent {
  /**
   * A row as it was read or written. That there is none is a state like others, and has a version when it is written;
   * who reads it sees none.
   *
   * @param version the greater the later, and never given twice
   * @param group negative if there is no row
   */
  record Item(long key, long version, long group, String name) {
    private static final String NO_NAME = "-";

    /** That there is no row. */
    static Item none(long key, long version) {
      return new Item(key, version, -1, NO_NAME);
    }

    boolean isThere() {
      return group >= 0;
    }

    /** The text of a column. */
    String text(String column) {
      return switch (column) {
        case "id" -> Long.toString(key);
        case "name" -> name;
        case "grp" -> Long.toString(group);
        case "version" -> Long.toString(version);
        default -> throw new IllegalArgumentException(column);
      };
    }

    private static Item read(String word) {
      String[] parts = word.split(":", -1);
      return new Item(
          Long.parseLong(parts[0]),
          Long.parseLong(parts[1]),
          Long.parseLong(parts[2]),
          parts[3].intern());
    }

    @Override
    public String toString() {
      return key + ":" + version + ":" + group + ":" + name;
    }
  }

  /**
   * A transaction is about to commit.
   *
   * @param actor the process, each start of it by another name
   * @param number of the transaction, in that process
   * @param fenced whether it fences before it commits
   */
  record Intent(String actor, long number, boolean fenced, long at, List<Item> items)
      implements HistoryEvent {
    @Override
    public String toString() {
      return "I " + actor + " " + number + " " + fenced + " " + at + words(items);
    }
  }

  /** What became of it. Of some nobody knows: their process died, or their connection. */
  record Outcome(String actor, long number, boolean committed, long at) implements HistoryEvent {
    @Override
    public String toString() {
      return "O " + actor + " " + number + " " + committed + " " + at;
    }
  }

  /**
   * An answer.
   *
   * @param column by which was asked
   * @param items all that there are
   */
  record Read(
      String actor,
      String column,
      String value,
      long from,
      long to,
      Source source,
      List<Item> items)
      implements HistoryEvent {
    @Override
    public String toString() {
      return "R " + actor + " " + column + " " + value + " " + from + " " + to + " " + source
          + words(items);
    }
  }

  /** Something went wrong on purpose. */
  record Fault(String what) implements HistoryEvent {
    @Override
    public String toString() {
      return "F " + what;
    }
  }

  /** Something went wrong that should not. */
  record Surprise(String what) implements HistoryEvent {
    @Override
    public String toString() {
      return "S " + what.replace('\n', ' ');
    }
  }

  private static String words(List<Item> items) {
    StringBuilder words = new StringBuilder();
    items.forEach(item -> words.append(' ').append(item));
    return words.toString();
  }

  /** Takes back what an event says as text. */
  static HistoryEvent read(String line) {
    String[] words = line.split(" ", -1);
    return switch (words[0]) {
      case "I" ->
        new Intent(
            words[1],
            Long.parseLong(words[2]),
            Boolean.parseBoolean(words[3]),
            Long.parseLong(words[4]),
            items(words, 5));
      case "O" ->
        new Outcome(
            words[1],
            Long.parseLong(words[2]),
            Boolean.parseBoolean(words[3]),
            Long.parseLong(words[4]));
      case "R" ->
        new Read(
            words[1].intern(), // there are millions of them
            words[2].intern(),
            words[3].intern(),
            Long.parseLong(words[4]),
            Long.parseLong(words[5]),
            Source.valueOf(words[6]),
            items(words, 7));
      case "F" -> new Fault(line.substring(2));
      case "S" -> new Surprise(line.substring(2));
      default -> throw new IllegalArgumentException(line);
    };
  }

  private static List<Item> items(String[] words, int from) {
    List<Item> items = new ArrayList<>();
    for (int i = from; i < words.length; i++) {
      items.add(Item.read(words[i]));
    }
    return items;
  }
}
