package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.chasqui.featureflags.EventParser.Event;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EventParserTest {
  private static List<Event> read(String... pieces) throws IOException {
    EventParser parser = new EventParser(1 << 20);
    List<Event> events = new ArrayList<>();
    for (String piece : pieces) {
      parser.read(ByteBuffer.wrap(piece.getBytes(StandardCharsets.UTF_8)), events::add);
    }
    return events;
  }

  @Test
  void read_oneEvent_hasTypeDataAndId() throws IOException {
    assertThat(read("event: flags\nid: 41\ndata: {}\n\n"))
        .containsExactly(new Event("flags", "{}", "41"));
  }

  @Test
  void read_eachKindOfLineEnd_isOne() throws IOException {
    assertThat(read("data: a\n\ndata: b\r\rdata: c\r\n\r\n"))
        .extracting(Event::data)
        .containsExactly("a", "b", "c");
  }

  @Test
  void read_lineEndInTwoPieces_isOne() throws IOException {
    assertThat(read("data: a\r", "\n\r", "\ndata: b\r", "\ndata: c\n\n"))
        .extracting(Event::data)
        .containsExactly("a", "b\nc");
  }

  @Test
  void read_severalDataLines_areJoined() throws IOException {
    assertThat(read("data: a\ndata\ndata:b\ndata:  c\n\n"))
        .containsExactly(new Event("message", "a\n\nb\n c", ""));
  }

  @Test
  void read_mark_isSkippedAtTheStartOnly() throws IOException {
    assertThat(read("\uFEFFdata: a\n\n\uFEFFdata: b\n\n"))
        .extracting(Event::data)
        .containsExactly("a");
  }

  @Test
  void read_commentsAndUnknownFields_areIgnored() throws IOException {
    assertThat(read(": hello\n\nretry: 5\nx\n:\ndata: a\n\n"))
        .extracting(Event::data)
        .containsExactly("a");
  }

  @Test
  void read_withoutData_isNoEventAndForgetsTheType() throws IOException {
    assertThat(read("event: flags\n\ndata: a\n\n")).containsExactly(new Event("message", "a", ""));
  }

  @Test
  void read_emptyData_isAnEvent() throws IOException {
    assertThat(read("data\n\n")).containsExactly(new Event("message", "", ""));
  }

  @Test
  void read_id_staysUntilThereIsAnother() throws IOException {
    assertThat(read("id: 1\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n"))
        .extracting(Event::id)
        .containsExactly("1", "1", "1", "");
  }

  @Test
  void read_eventWithoutAnEnd_isNone() throws IOException {
    assertThat(read("data: a\n\ndata: b\n")).extracting(Event::data).containsExactly("a");
  }

  @Test
  void read_tooLarge_isRefused() {
    EventParser parser = new EventParser(100);
    ByteBuffer line =
        ByteBuffer.wrap("data: 0123456789\n".repeat(12).getBytes(StandardCharsets.UTF_8));

    assertThatIOException()
        .isThrownBy(() -> parser.read(line, event -> {}))
        .withMessageContaining("more than 100 bytes");
  }

  /** Against one that has the whole at once, for bytes that are mostly but not always right. */
  @Test
  void read_randomBytesInRandomPieces_isAsTheNaiveParserReads() throws IOException {
    String[] bits = {
      "data",
      "data:",
      "data: ",
      "event: ",
      "event:flags",
      "id: ",
      "id",
      "retry: 10",
      ":",
      ": c",
      " ",
      "\n",
      "\n",
      "\n\n",
      "\r",
      "\r\n",
      "\r\r\n",
      "\uFEFF",
      "ü",
      "😀",
      "x",
      "{\"a\":1}",
      "\0",
      "7"
    };
    for (int seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (int i = random.nextInt(40); i > 0; i--) {
        if (random.nextInt(30) == 0) {
          out.write(random.nextInt(256));
        } else {
          out.writeBytes(bits[random.nextInt(bits.length)].getBytes(StandardCharsets.UTF_8));
        }
      }
      byte[] bytes = out.toByteArray();
      EventParser parser = new EventParser(1 << 20);
      List<Event> events = new ArrayList<>();
      for (int from = 0; from < bytes.length; ) {
        int length = Math.min(bytes.length - from, 1 + random.nextInt(1 + random.nextInt(12)));
        parser.read(ByteBuffer.wrap(bytes, from, length), events::add);
        from += length;
      }

      assertThat(events).as("seed %s", seed).isEqualTo(naive(bytes));
    }
  }

  private static List<Event> naive(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (text.startsWith("\uFEFF")) {
      text = text.substring(1);
    }
    List<Event> events = new ArrayList<>();
    String type = "";
    String id = "";
    List<String> data = new ArrayList<>();
    String[] lines = text.split("\r\n|\r|\n", -1);
    for (int i = 0; i < lines.length - 1; i++) { // the last has no end
      String line = lines[i];
      String name = line.replaceFirst("(?s):.*", "");
      String value = line.contains(":") ? line.replaceFirst("(?s)[^:]*: ?", "") : "";
      if (line.isEmpty()) {
        if (!data.isEmpty()) {
          events.add(new Event(type.isEmpty() ? "message" : type, String.join("\n", data), id));
        }
        data.clear();
        type = "";
      } else if (name.equals("data")) {
        data.add(value);
      } else if (name.equals("event")) {
        type = value;
      } else if (name.equals("id") && !value.contains("\0")) {
        id = value;
      }
    }
    return events;
  }
}
