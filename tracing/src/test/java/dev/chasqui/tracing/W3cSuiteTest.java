package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.chasqui.tracing.http.HttpTracing;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What <a href="https://www.w3.org/TR/trace-context-2/">W3C Trace Context level 2</a> demands of a service, case by case as
 * W3C's own validation service asks it: headers are sent to a real server, which calls back over a real client.
 */
final class W3cSuiteTest {
  private static final String TRACE = "12345678901234567890123456789012";
  private static final String PARENT = "1234567890123456";
  private static final String GOOD = "traceparent: 00-" + TRACE + "-" + PARENT + "-01";

  private static final RecordedSpans SPANS = new RecordedSpans();
  private static final List<Map<String, List<String>>> CALLBACKS =
      Collections.synchronizedList(new ArrayList<>());
  private static final ExecutorService THREADS = Executors.newCachedThreadPool();
  private static HttpServer service;
  private static HttpServer harness;

  @BeforeAll
  static void start() throws IOException {
    harness = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    harness.setExecutor(THREADS);
    harness.createContext("/callback", exchange -> {
      Map<String, List<String>> headers = new LinkedHashMap<>();
      exchange
          .getRequestHeaders()
          .forEach((name, values) ->
              headers.put(name.toLowerCase(java.util.Locale.ROOT), List.copyOf(values)));
      CALLBACKS.add(headers);
      exchange.sendResponseHeaders(204, -1);
      exchange.close();
    });
    harness.start();
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.setExecutor(THREADS);
    HttpTracing http = new HttpTracing(SPANS.tracing());
    HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    service
        .createContext("/test", exchange -> {
          int calls = Integer.parseInt(exchange.getRequestURI().getQuery());
          for (int i = 0; i < calls; i++) {
            try {
              http.send(client, callback(), HttpResponse.BodyHandlers.discarding());
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        })
        .getFilters()
        .add(http.filter("/test"));
    service.start();
  }

  private static HttpRequest callback() {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + harness.getAddress().getPort() + "/callback"))
        .build();
  }

  @AfterAll
  static void stop() {
    service.stop(0);
    harness.stop(0);
    THREADS.shutdownNow();
    SPANS.close();
  }

  /** Has the service call back so often, and gives what came. */
  private static List<Map<String, List<String>>> ask(int calls, List<String> headers)
      throws IOException {
    CALLBACKS.clear();
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), service.getAddress().getPort())) {
      socket.setSoTimeout(30_000);
      String request = "GET /test?" + calls + " HTTP/1.1\r\nHost: service\r\nConnection: close\r\n"
          + headers.stream().map(header -> header + "\r\n").collect(Collectors.joining()) + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      InputStream answer = socket.getInputStream();
      assertThat(new String(answer.readAllBytes(), StandardCharsets.ISO_8859_1))
          .startsWith("HTTP/1.1 204");
    }
    assertThat(CALLBACKS).hasSize(calls);
    return List.copyOf(CALLBACKS);
  }

  private record Answer(String traceId, String parentId, String flags, String states) {}

  private static Answer ask(List<String> headers) throws IOException {
    return answer(ask(1, headers).get(0));
  }

  private static Answer answer(Map<String, List<String>> headers) {
    List<String> parents = headers.getOrDefault("traceparent", List.of());
    assertThat(parents)
        .singleElement()
        .asString()
        .matches("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");
    String[] parts = parents.get(0).split("-", -1);
    return new Answer(
        parts[1],
        parts[2],
        parts[3],
        String.join(",", headers.getOrDefault("tracestate", List.of())));
  }

  static Stream<String> parentsThatAreNone() {
    return Stream.of(
        "trace-parent: 00-" + TRACE + "-" + PARENT + "-01",
        "trace.parent: 00-" + TRACE + "-" + PARENT + "-01",
        GOOD + ".",
        GOOD + "-what-the-future-will-be-like",
        "traceparent: cc-" + TRACE + "-" + PARENT + "-01.what-the-future-will-be-like",
        "traceparent: ff-" + TRACE + "-" + PARENT + "-01",
        "traceparent: .0-" + TRACE + "-" + PARENT + "-01",
        "traceparent: 0.-" + TRACE + "-" + PARENT + "-01",
        "traceparent: 000-" + TRACE + "-" + PARENT + "-01",
        "traceparent: 0000-" + TRACE + "-" + PARENT + "-01",
        "traceparent: 0-" + TRACE + "-" + PARENT + "-01",
        "traceparent: 00-" + "0".repeat(32) + "-" + PARENT + "-01",
        "traceparent: 00-." + TRACE.substring(1) + "-" + PARENT + "-01",
        "traceparent: 00-" + TRACE.substring(1) + ".-" + PARENT + "-01",
        "traceparent: 00-" + TRACE + "3-" + PARENT + "-01",
        "traceparent: 00-" + TRACE.substring(1) + "-" + PARENT + "-01",
        "traceparent: 00-" + TRACE + "-" + "0".repeat(16) + "-01",
        "traceparent: 00-" + TRACE + "-." + PARENT.substring(1) + "-01",
        "traceparent: 00-" + TRACE + "-" + PARENT.substring(1) + ".-01",
        "traceparent: 00-" + TRACE + "-" + PARENT + "7-01",
        "traceparent: 00-" + TRACE + "-" + PARENT.substring(1) + "-01",
        "traceparent: 00-" + TRACE + "-" + PARENT + "-.0",
        "traceparent: 00-" + TRACE + "-" + PARENT + "-0.",
        "traceparent: 00-" + TRACE + "-" + PARENT + "-001",
        "traceparent: 00-" + TRACE + "-" + PARENT + "-1",
        "traceparent: 00-" + "ABCDEF" + TRACE.substring(6) + "-" + PARENT + "-01",
        "traceparent:");
  }

  @ParameterizedTest
  @MethodSource("parentsThatAreNone")
  void parent_thatIsNone_beginsATrace(String header) throws IOException {
    Answer answer = ask(List.of(header, "tracestate: foo=1"));
    assertThat(answer.traceId()).isNotEqualToIgnoringCase(TRACE);
    assertThat(header).doesNotContain(answer.traceId());
    assertThat(answer.states()).isEmpty();
  }

  static Stream<String> parentsThatAreSome() {
    return Stream.of(
        GOOD,
        "TraceParent: 00-" + TRACE + "-" + PARENT + "-01",
        "TrAcEpArEnT: 00-" + TRACE + "-" + PARENT + "-01",
        "TRACEPARENT: 00-" + TRACE + "-" + PARENT + "-01",
        "traceparent: cc-" + TRACE + "-" + PARENT + "-01",
        "traceparent: cc-" + TRACE + "-" + PARENT + "-01-what-the-future-will-be-like",
        "traceparent:  00-" + TRACE + "-" + PARENT + "-01",
        "traceparent: \t00-" + TRACE + "-" + PARENT + "-01",
        GOOD + " ",
        GOOD + "\t",
        "traceparent: \t 00-" + TRACE + "-" + PARENT + "-01 \t");
  }

  @ParameterizedTest
  @MethodSource("parentsThatAreSome")
  void parent_thatIsOne_goesOn(String header) throws IOException {
    Answer answer = ask(List.of(header));
    assertThat(answer.traceId()).isEqualTo(TRACE);
    assertThat(answer.parentId()).isNotEqualTo(PARENT);
    assertThat(answer.flags()).isEqualTo("01");
  }

  @Test
  void nothing_beginsATrace() throws IOException {
    assertThat(ask(List.of()).states()).isEmpty();
  }

  @Test
  void parents_two_beginATrace() throws IOException {
    String other = "traceparent: 00-" + TRACE.replace("12", "11") + "-" + PARENT + "-01";
    Answer answer = ask(List.of(GOOD, other));
    assertThat(answer.traceId()).isNotIn(TRACE, TRACE.replace("12", "11"));
  }

  @Test
  void flags_thatAreKnown_goOn_othersDoNot() throws IOException {
    assertThat(ask(List.of(GOOD.replace("-01", "-00"))).flags()).isEqualTo("00");
    assertThat(ask(List.of(GOOD.replace("-01", "-03"))).flags()).isEqualTo("03");
    assertThat(ask(List.of(GOOD.replace("-01", "-02"))).flags()).isEqualTo("02");
    assertThat(ask(List.of(GOOD.replace("-01", "-ff"))).flags()).isEqualTo("03");
  }

  /** The lines of states that come, and the states that go on: all of them, if nothing else is said. */
  record States(List<String> lines, String expected) {
    @Override
    public String toString() {
      String all = String.join(" | ", lines);
      return all.length() < 80 ? all : all.substring(0, 80) + "...";
    }
  }

  private static States states(String expected, String... lines) {
    return new States(List.of(lines), expected);
  }

  private static String bars(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(i -> "bar%02d=%02d".formatted(i, i))
        .collect(Collectors.joining(","));
  }

  static Stream<States> lists() {
    String key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    String value = IntStream.rangeClosed(0x20, 0x7e)
        .filter(c -> c != ',' && c != '=')
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
    return Stream.of(
        states("foo=1,bar=2", "tracestate: foo=1,bar=2"),
        states("", "trace-state: foo=1"),
        states("", "trace.state: foo=1"),
        states("foo=1", "TraceState: foo=1"),
        states("foo=1", "TrAcEsTaTe: foo=1"),
        states("foo=1", "TRACESTATE: foo=1"),
        states("", "tracestate:"),
        states("foo=1", "tracestate: foo=1", "tracestate:"),
        states("foo=1", "tracestate:", "tracestate: foo=1"),
        states(
            "foo=1,bar=2,rojo=1,congo=2,baz=3",
            "tracestate: foo=1,bar=2",
            "tracestate: rojo=1,congo=2",
            "tracestate: baz=3"),
        // Of keys that come twice one may go on; ours is the first.
        states("foo=1", "tracestate: foo=1,foo=1"),
        states("foo=1", "tracestate: foo=1,foo=2"),
        states("foo=1", "tracestate: foo=1", "tracestate: foo=2"),
        states(key + "=" + value, "tracestate: " + key + "=" + value),
        states(key + "@a-z0-9_-*/=" + value, "tracestate: " + key + "@a-z0-9_-*/=" + value),
        states("foo=1,bar=2,baz=3", "tracestate: foo=1 \t , \t bar=2, \t baz=3"),
        states("foo=1,bar=2,baz=3", "tracestate: foo=1\t \t,\t \tbar=2,\t \tbaz=3"),
        states("foo=1", "tracestate:  foo=1"),
        states("foo=1", "tracestate: \tfoo=1"),
        states("foo=1", "tracestate: foo=1 "),
        states("foo=1", "tracestate: foo=1\t"),
        states("foo=1", "tracestate: \t foo=1 \t"),
        states("", "tracestate: foo =1"),
        states("", "tracestate: FOO=1"),
        states("", "tracestate: foo.bar=1"),
        states("", "tracestate: foo"),
        // Level 2 takes any number of @ in a key, but none at its beginning.
        states("", "tracestate: @foo=1,bar=2"),
        states("foo@=1,bar=2", "tracestate: foo@=1,bar=2"),
        states("foo@@bar=1,bar=2", "tracestate: foo@@bar=1,bar=2"),
        states("foo@bar@baz=1,bar=2", "tracestate: foo@bar@baz=1,bar=2"),
        states("1a=1", "tracestate: 1a=1"),
        states(
            bars(1, 32),
            "tracestate: " + bars(1, 10),
            "tracestate: " + bars(11, 20),
            "tracestate: " + bars(21, 30),
            "tracestate: " + bars(31, 32)),
        states(
            "",
            "tracestate: " + bars(1, 10),
            "tracestate: " + bars(11, 20),
            "tracestate: " + bars(21, 30),
            "tracestate: " + bars(31, 33)),
        states(
            "foo=1," + "z".repeat(256) + "=1",
            "tracestate: foo=1",
            "tracestate: " + "z".repeat(256) + "=1"),
        states("", "tracestate: foo=1", "tracestate: " + "z".repeat(257) + "=1"),
        states(
            "foo=1," + "t".repeat(241) + "@" + "v".repeat(14) + "=1",
            "tracestate: foo=1",
            "tracestate: " + "t".repeat(241) + "@" + "v".repeat(14) + "=1"),
        states(
            "",
            "tracestate: foo=1",
            "tracestate: " + "t".repeat(242) + "@" + "v".repeat(14) + "=1"),
        states("", "tracestate: foo=bar=baz"),
        states("", "tracestate: foo=,bar=3"),
        states("foo=" + "v".repeat(256), "tracestate: foo=" + "v".repeat(256)),
        states("", "tracestate: foo=" + "v".repeat(257)));
  }

  @ParameterizedTest
  @MethodSource("lists")
  void states_goOnAsTheyMay(States states) throws IOException {
    List<String> headers = new ArrayList<>(List.of(GOOD.replace("-01", "-00")));
    headers.addAll(states.lines);
    Answer answer = ask(headers);
    assertThat(answer.traceId()).isEqualTo(TRACE);
    assertThat(answer.states()).isEqualTo(states.expected);
  }

  @Test
  void states_withoutAParent_areDropped() throws IOException {
    assertThat(ask(List.of("tracestate: foo=1,bar=2")).states()).isEmpty();
  }

  @Test
  void requests_several_haveParentsOfTheirOwn() throws IOException {
    for (List<String> headers : List.of(
        List.of(GOOD),
        List.<String>of(),
        List.of("traceparent: 00-" + "0".repeat(32) + "-" + PARENT + "-01"))) {
      List<Answer> answers = ask(3, headers).stream().map(W3cSuiteTest::answer).toList();
      assertThat(answers).extracting(Answer::parentId).doesNotHaveDuplicates();
      assertThat(answers.stream().map(Answer::traceId).distinct()).hasSize(1);
      assertThat(answers.get(0).traceId().equals(TRACE)).isEqualTo(headers.contains(GOOD));
    }
  }
}
