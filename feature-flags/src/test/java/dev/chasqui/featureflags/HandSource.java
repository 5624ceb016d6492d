package dev.chasqui.featureflags;

import dev.chasqui.featureflags.internal.UntilClosed;
import java.util.Set;

/** A source that says what a test says. */
final class HandSource implements FlagSource {
  private final UntilClosed listener = new UntilClosed();
  private volatile boolean closed;
  private volatile boolean opened;

  @Override
  public void open(Listener opening) {
    listener.open(opening);
    opened = true;
  }

  @Override
  public void close() {
    closed = true;
    listener.close();
  }

  boolean isOpen() {
    return opened && !closed;
  }

  boolean isClosed() {
    return closed;
  }

  /** A document of booleans that are on, and after a minus off. */
  static FlagDocument document(long revision, String... keys) {
    StringBuilder flags = new StringBuilder();
    for (String key : keys) {
      flags
          .append(flags.isEmpty() ? "" : ",")
          .append('"')
          .append(key.startsWith("-") ? key.substring(1) : key)
          .append("\":")
          .append(flag(!key.startsWith("-")));
    }
    return FlagDocument.parse("{\"flags\":{" + flags + "}}").withRevision(revision);
  }

  private static String flag(boolean on) {
    return "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\""
        + (on ? "on" : "off") + "\",\"x-off\":\"off\",\"metadata\":{\"owner\":\"checkout\"}}";
  }

  void load(FlagDocument document) {
    listener.loaded(document);
  }

  void kill(long revision, String... keys) {
    listener.killed(Set.of(keys), revision);
  }

  void inTouch() {
    listener.inTouch();
  }

  void outOfTouch(String why) {
    listener.outOfTouch(why);
  }
}
