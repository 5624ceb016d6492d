package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.featureflags.RawServer.Connection;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpStreamSourceTest {
  private final RawServer server = new RawServer();
  private final Heard heard = new Heard();
  private HttpStreamSource source = HttpStreamSource.of(server.uri());

  HttpStreamSourceTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    source.close();
    server.close();
    assertThat(heard.twoAtOnce).isFalse();
    assertThat(heard.troubles).noneMatch(why -> why.contains("secret"));
  }

  private HttpStreamSource.Builder builder() {
    return HttpStreamSource.builder(server.uri())
        .backoff(Duration.ofMillis(1), Duration.ofMillis(5))
        .timeout(Duration.ofSeconds(10));
  }

  private void open(HttpStreamSource.Builder builder) {
    source = builder.build();
    source.open(heard);
  }

  private static String whole(long revision, String... keys) {
    return "event: flags\nid: " + revision + "\ndata: {\"revision\": " + revision
        + ",\ndata: \"document\": " + HandSource.document(0, keys).toJson() + "}\n\n";
  }

  /** After a minus, keys that are gone. */
  private static String change(long from, long revision, String... keys) {
    List<String> flags = new ArrayList<>();
    for (String key : keys) {
      flags.add(
          key.startsWith("-")
              ? "\"" + key.substring(1) + "\":null"
              : "\"" + key + "\":" + HandSource.document(0, key).flag(key));
    }
    return "event: change\nid: " + revision + "\ndata: {\"from\":" + from + ",\"revision\":"
        + revision + ",\"flags\":{" + String.join(",", flags) + "}}\n\n";
  }

  private static String kill(long revision, String... keys) {
    return "event: kill\ndata: {\"revision\":" + revision + ",\"flags\":[\""
        + String.join("\",\"", keys) + "\"]}\n\n";
  }

  private static String current(long revision) {
    return "event: current\nid: " + revision + "\ndata: {\"revision\":" + revision + "}\n\n";
  }

  @Test
  void connect_first_isSentTheWholeAndThenChanges() throws IOException {
    open(builder());
    Connection connection = server.accept();
    assertThat(connection.header("Accept")).isEqualTo("text/event-stream");
    assertThat(connection.header("Last-Event-ID")).isEmpty();

    connection
        .startEvents()
        .send(whole(41, "a"))
        .send(change(41, 42, "b"))
        .send(change(42, 44, "c", "-a"));

    heard.awaitCalls("loaded 41 [a]", "loaded 42 [a, b]", "loaded 44 [b, c]");
    assertThat(heard.inTouch).isTrue();
  }

  @Test
  void connect_again_asksForWhatIsNewer() throws IOException {
    open(builder());
    Connection first = server.accept().startEvents().send(whole(41, "a"));
    heard.awaitCalls("loaded 41 [a]");
    first.reset();
    heard.awaitTrouble("the connection broke");

    Connection second = server.accept();
    assertThat(second.header("Last-Event-ID")).isEqualTo("41");
    second.startEvents().send(current(41));
    heard.awaitInTouch();
    second.send(change(41, 42, "b"));
    heard.awaitCalls("loaded 41 [a]", "loaded 42 [a, b]");
    second.close();

    Connection third = server.accept();
    assertThat(third.header("Last-Event-ID")).isEqualTo("42");
    third.startEvents().send(change(42, 43, "c"));
    heard.awaitCalls("loaded 41 [a]", "loaded 42 [a, b]", "loaded 43 [a, b, c]");
    assertThat(heard.inTouch).isTrue();
  }

  /** By a number alone the server could not tell what the client has from what was lost with a backup. */
  @Test
  void connect_again_sendsTheIdAsItCame() throws IOException {
    open(builder());
    Connection first =
        server.accept().startEvents().send(marked(whole(41, "a"), "x7k2")).send(kill(43, "b"));
    heard.awaitCalls("loaded 41 [a]", "killed 43 [b]");
    first.close();

    Connection second = server.accept();
    assertThat(second.header("Last-Event-ID")).isEqualTo("41-x7k2");
    second.startEvents().send(marked(change(41, 42, "b"), "x7k3"));
    heard.awaitCalls("loaded 41 [a]", "killed 43 [b]", "loaded 42 [a, b]");
    second.close();

    Connection third = server.accept();
    assertThat(third.header("Last-Event-ID")).isEqualTo("42-x7k3");
    third.startEvents().send(marked(whole(42, "c"), "other"));
    heard.awaitCalls("loaded 41 [a]", "killed 43 [b]", "loaded 42 [a, b]", "loaded 42 [c]");
    third.close();
    assertThat(server.accept().header("Last-Event-ID")).isEqualTo("42-other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u00fc", "\u0001", "\ud83d\ude9a", "a b", "LONG"})
  void connect_again_sendsNoIdThatNoHeaderCanCarry(String mark) throws IOException {
    open(builder());
    String sent = mark.equals("LONG") ? "x".repeat(300) : mark;
    Connection first = server.accept().startEvents().send(marked(whole(41, "a"), sent));
    heard.awaitCalls("loaded 41 [a]");
    first.close();

    assertThat(server.accept().header("Last-Event-ID")).isEqualTo("41");
  }

  private static String marked(String event, String mark) {
    return event.replaceFirst("id: (\\d+)", "id: $1-" + mark);
  }

  @Test
  void receive_killed_overtakesTheDocument() throws IOException {
    open(builder());
    server
        .accept()
        .startEvents()
        .send(whole(41, "a", "b"))
        .send(kill(42, "a", "b"))
        .send(change(41, 42, "-a"))
        .send(kill(42, "a"));

    heard.awaitCalls("loaded 41 [a, b]", "killed 42 [a, b]", "loaded 42 [b]");
  }

  @Test
  void receive_killedBeforeAnything_isTold() throws IOException {
    open(builder());
    server.accept().startEvents().send(kill(42, "a")).send(whole(41, "a"));

    heard.awaitCalls("killed 42 [a]", "loaded 41 [a]");
  }

  @Test
  void receive_gap_asksAnewWithWhatItHas() throws IOException {
    open(builder());
    Connection first = server.accept().startEvents().send(whole(41, "a"));
    heard.awaitCalls("loaded 41 [a]");
    first.send(change(42, 43, "b"));
    heard.awaitTrouble("something was missed");
    first.awaitEnd();

    Connection second = server.accept();
    assertThat(second.header("Last-Event-ID")).isEqualTo("41");
    second.startEvents().send(change(41, 43, "c"));
    heard.awaitCalls("loaded 41 [a]", "loaded 43 [a, c]");
  }

  @Test
  void receive_gapAgainAndAgain_asksForTheWhole() throws IOException {
    open(builder());
    server.accept().startEvents().send(whole(41, "a")).send(change(42, 43, "b"));
    Connection second = server.accept();
    assertThat(second.header("Last-Event-ID")).isEqualTo("41");
    second.startEvents().send(current(43));
    Connection third = server.accept();
    assertThat(third.header("Last-Event-ID")).isEmpty();
    third.startEvents().send(whole(43, "b"));

    heard.awaitCalls("loaded 41 [a]", "loaded 43 [b]");
  }

  @Test
  void receive_whatIsNotNewer_isDropped() throws IOException {
    open(builder());
    server
        .accept()
        .startEvents()
        .send(whole(41, "a"))
        .send(whole(41, "x"))
        .send(whole(40, "x"))
        .send(change(40, 41, "x"))
        .send(kill(41, "a"))
        .send(change(41, 42, "b"));

    heard.awaitCalls("loaded 41 [a]", "loaded 42 [a, b]");
  }

  /** The first whole document on a connection counts in any case. */
  @Test
  void connect_serverSetBack_isFollowed() throws IOException {
    open(builder());
    Connection first = server.accept().startEvents().send(whole(41, "a"));
    heard.awaitCalls("loaded 41 [a]");
    first.close();

    server.accept().startEvents().send(whole(30, "b")).send(change(30, 31, "c"));

    heard.awaitCalls("loaded 41 [a]", "loaded 30 [b]", "loaded 31 [b, c]");
  }

  @Test
  void receive_silence_isTakenForDeath() throws IOException {
    open(builder().silence(Duration.ofMillis(300)));
    Connection first = server.accept().startEvents().send(whole(41, "a"));
    heard.awaitCalls("loaded 41 [a]");

    first.awaitEnd();

    heard.awaitTrouble("nothing came for PT0.3S");
    assertThat(server.accept().header("Last-Event-ID")).isEqualTo("41");
  }

  @Test
  void receive_comments_keepItInTouch() throws IOException {
    open(builder().silence(Duration.ofSeconds(5)));
    Connection first = server.accept().startEvents().send(whole(41, "a"));
    heard.awaitCalls("loaded 41 [a]");

    first.send(":\n\n");
    Heard.quick(() -> assertThat(heard.touches).hasPositiveValue());
    first.send(": still here\n");
    Heard.quick(() -> assertThat(heard.touches).hasValueGreaterThan(1));
  }

  @Test
  void receive_eventsOfUnknownTypes_areIgnored() throws IOException {
    open(builder());
    server
        .accept()
        .startEvents()
        .send("event: news\ndata: {\n\n")
        .send("data: x\n\n")
        .send(whole(41, "a"));

    heard.awaitCalls("loaded 41 [a]");
  }

  @Test
  void receive_wrongEvents_areToldAndTriedAgain() throws IOException {
    open(builder().mostBytes(2000));
    String[] wrong = {
      "event: flags\ndata: {\n\n",
      "event: flags\ndata: {\"revision\": 1}\n\n",
      "event: flags\ndata: {\"revision\": \"1\", \"document\": {\"flags\": {}}}\n\n",
      "event: flags\ndata: []\n\n",
      "event: change\ndata: {\"from\": 0, \"revision\": 1}\n\n",
      "event: change\ndata: {\"revision\": 1, \"flags\": {}}\n\n",
      "event: kill\ndata: {\"revision\": 1, \"flags\": \"a\"}\n\n",
      "event: kill\ndata: {\"revision\": -1, \"flags\": [\"a\"]}\n\n",
      "event: current\ndata: {\"revision\": 1e99}\n\n",
      "event: flags\ndata: {\"revision\": 1, \"revision\": 2, \"document\": {\"flags\": {}}}\n\n"
    };
    for (String event : wrong) {
      Connection connection = server.accept().startEvents().send(event);
      connection.awaitEnd();
    }
    server.accept().startEvents().send("data: " + "x".repeat(3000)).awaitEnd();
    Heard.quick(() -> assertThat(heard.troubles).hasSize(wrong.length + 1));
    assertThat(heard.troubles).allMatch(why -> why.contains("/flags: "));
    heard.awaitTrouble("event kill is wrong: /revision: must be a revision");
    heard.awaitTrouble("an event has more than 2000 bytes");
    assertThat(heard.calls).isEmpty();

    server.accept().startEvents().send(whole(1, "a"));
    heard.awaitCalls("loaded 1 [a]");
  }

  @Test
  void connect_refused_isToldAndTriedAgain() throws IOException {
    open(builder());
    server.accept().answer(404, "", "");
    heard.awaitTrouble("/flags answers 404");
    server.accept().answer(200, "Content-Type: application/json\r\n", "{\"flags\":{}}");
    heard.awaitTrouble("answers no events but application/json");
    server.accept().startEvents().send(whole(1, "a"));
    heard.awaitCalls("loaded 1 [a]");
  }

  @Test
  void connect_retryAfter_waits() throws IOException {
    open(builder());
    server.accept().answer(503, "Retry-After: 600\r\n", "");
    heard.awaitTrouble("answers 503");
    server.assertNobodyComes(300);
  }

  @Test
  void connect_noStream_pollsMeanwhile() throws IOException {
    open(builder().pollAt(URI.create(server.uri() + "&poll=1"), Duration.ofMillis(5)));
    server.accept().answer(404, "", "");
    Connection poll = server.accept();
    assertThat(poll.header("Accept")).isEqualTo("application/json");
    poll.answer(
        200, "ETag: \"x\"\r\nFlag-Revision: 41\r\n", HandSource.document(0, "a").toJson());
    heard.awaitCalls("loaded 41 [a]");
    assertThat(heard.troubles).isEmpty();
    server.accept().answer(404, "", "");
    server.accept().answer(304, "", "");

    Connection stream = server.accept();
    assertThat(stream.header("Last-Event-ID")).isEqualTo("41");
    stream.startEvents().send(change(41, 42, "b"));
    heard.awaitCalls("loaded 41 [a]", "loaded 42 [a, b]");
  }

  @Test
  void close_whileItListens_endsTheConnection() throws IOException {
    open(builder());
    Connection connection = server.accept().startEvents().send(whole(41, "a"));
    heard.awaitCalls("loaded 41 [a]");

    source.close();

    connection.awaitEnd();
    assertThat(heard.troubles).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("chasqui-flags-stream"));
  }

  /** What SPEC.md says in 6.2 and 6.3, of keys alone. */
  private static final class Model {
    final List<String> calls = new ArrayList<>();
    long revision = -1;
    Set<String> keys = new TreeSet<>();
    int misses;
    boolean first;

    void connected() {
      first = true;
    }

    String lastEventId() {
      return revision > 0 && misses < 2 ? Long.toString(revision) : "";
    }

    private void now(long newer, Set<String> held) {
      revision = newer;
      keys = new TreeSet<>(held);
      misses = 0;
      first = false;
      calls.add("loaded " + newer + " " + keys);
    }

    void whole(long newer, Set<String> held) {
      if (first || newer > revision) {
        now(newer, held);
      }
    }

    /** Returns whether it goes on with the connection. */
    boolean change(long from, long newer, Set<String> more, Set<String> less) {
      if (revision >= 0 && newer <= revision) {
        return true;
      }
      if (from != revision) {
        misses++;
        return false;
      }
      Set<String> held = new TreeSet<>(keys);
      held.addAll(more);
      held.removeAll(less);
      now(newer, held);
      return true;
    }

    void kill(long since, Set<String> killed) {
      if (since > revision) {
        calls.add("killed " + since + " " + killed);
      }
    }

    boolean current(long newest) {
      if (newest != revision) {
        misses++;
        return false;
      }
      misses = 0;
      first = false;
      return true;
    }
  }

  @Test
  void receive_randomEventsGapsAndCuts_holdsWhatTheSpecSays() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      follow(new Random(seed), seed);
    }
  }

  private void follow(Random random, int seed) throws IOException {
    Heard listening = new Heard();
    Model model = new Model();
    try (RawServer flags = new RawServer();
        HttpStreamSource following = HttpStreamSource.builder(flags.uri())
            .backoff(Duration.ofMillis(1), Duration.ofMillis(1))
            .build()) {
      following.open(listening);
      for (int connections = 1 + random.nextInt(6); connections > 0; connections--) {
        Connection connection = flags.accept();
        assertThat(connection.header("Last-Event-ID"))
            .as("seed %s", seed)
            .isEqualTo(model.lastEventId());
        connection.startEvents();
        model.connected();
        StringBuilder sent = new StringBuilder();
        boolean goesOn = true;
        for (int events = random.nextInt(12); events > 0 && goesOn; events--) {
          goesOn = event(random, model, sent);
        }
        byte[] bytes = sent.toString().getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; ) {
          int length = Math.min(bytes.length - from, 1 + random.nextInt(400));
          connection.send(bytes, from, length);
          from += length;
        }
        if (goesOn) {
          connection.close(); // in order, so that all before it is read
        }
        Heard.quick(
            () -> assertThat(listening.allCalls()).as("seed %s", seed).isEqualTo(model.calls));
      }
    }
  }

  private static boolean event(Random random, Model model, StringBuilder sent) {
    long revision = Math.max(0, model.revision + random.nextInt(5) - 2);
    Set<String> some = keys(random);
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        sent.append(whole(revision, some.toArray(new String[0])));
        model.whole(revision, some);
      }
      case 2, 3, 4 -> {
        long from = random.nextInt(4) > 0 ? Math.max(0, model.revision) : revision - 1;
        from = Math.max(0, from);
        long to = from + 1 + random.nextInt(2);
        Set<String> less = keys(random);
        List<String> flags = new ArrayList<>(some);
        less.removeAll(some);
        less.forEach(key -> flags.add("-" + key));
        sent.append(change(from, to, flags.toArray(new String[0])));
        return model.change(from, to, some, less);
      }
      case 5 -> {
        some.add("a");
        sent.append(kill(revision, some.toArray(new String[0])));
        model.kill(revision, some);
      }
      case 6 -> {
        long newest = random.nextInt(3) > 0 ? Math.max(0, model.revision) : revision;
        sent.append(current(newest));
        return model.current(newest);
      }
      default -> sent.append(": comment\n\n");
    }
    return true;
  }

  private static Set<String> keys(Random random) {
    Set<String> keys = new TreeSet<>();
    for (String key : List.of("a", "b", "c", "d")) {
      if (random.nextBoolean()) {
        keys.add(key);
      }
    }
    return keys;
  }
}
