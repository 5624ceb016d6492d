package dev.chasqui.featureflags;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Reads a stream of server-sent events (HTML standard, 9.2.6), cut into pieces anywhere. Lines are cut as bytes, since no byte of
 * a longer character in UTF-8 is one of a line's end.
 *
 * <p><b>Threads:</b> for one.
 */
final class EventParser {
  /**
   * An event.
   *
   * @param type {@code message} if the server names none
   * @param data its lines, with a line feed between them
   * @param id the last that the server has given; empty if none
   */
  record Event(String type, String data, String id) {}

  private final int mostBytes;
  private byte[] line = new byte[1024];
  private int length;
  private boolean afterReturn; // a line feed now ends no other line
  private boolean first = true;
  private String type = "";
  private String id = "";
  private final StringBuilder data = new StringBuilder();

  /**
   * Makes one.
   *
   * @param mostBytes about how much an event may have at most
   */
  EventParser(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /**
   * Reads a piece, and tells of each event that ends in it.
   *
   * @throws IOException if an event is too large
   */
  void read(ByteBuffer piece, Consumer<Event> events) throws IOException {
    while (piece.hasRemaining()) {
      byte next = piece.get();
      boolean endsReturn = afterReturn && next == '\n';
      afterReturn = next == '\r';
      if (endsReturn) {
        continue;
      }
      if (next == '\n' || next == '\r') {
        endLine(events);
      } else {
        if (length + data.length() >= mostBytes) {
          throw new IOException("an event has more than " + mostBytes + " bytes");
        }
        if (length == line.length) {
          line = Arrays.copyOf(line, length * 2);
        }
        line[length++] = next;
      }
    }
  }

  private void endLine(Consumer<Event> events) {
    int from = first
            && length >= 3
            && line[0] == (byte) 0xEF
            && line[1] == (byte) 0xBB
            && line[2] == (byte) 0xBF
        ? 3
        : 0;
    first = false;
    String text = new String(line, from, length - from, StandardCharsets.UTF_8);
    length = 0;
    if (text.isEmpty()) {
      if (!data.isEmpty()) {
        data.setLength(data.length() - 1);
        events.accept(new Event(type.isEmpty() ? "message" : type, data.toString(), id));
      }
      data.setLength(0);
      type = "";
      return;
    }
    int colon = text.indexOf(':');
    if (colon == 0) {
      return; // a comment
    }
    String name = colon < 0 ? text : text.substring(0, colon);
    String value = colon < 0 ? "" : text.substring(colon + 1);
    if (value.startsWith(" ")) {
      value = value.substring(1);
    }
    switch (name) {
      case "event" -> type = value;
      case "data" -> data.append(value).append('\n');
      case "id" -> id = value.indexOf('\0') < 0 ? value : id;
      default -> {} // such as retry: we wait as our own rules say
    }
  }
}
