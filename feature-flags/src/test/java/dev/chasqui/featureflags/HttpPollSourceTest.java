package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HttpPollSourceTest {
  private static final Duration SOON = Duration.ofMillis(5);
  private static final Duration NEVER = Duration.ofHours(1);

  private final RawServer server = new RawServer();
  private final Heard heard = new Heard();
  private HttpPollSource source = HttpPollSource.of(server.uri());

  HttpPollSourceTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    source.close();
    server.close();
    assertThat(heard.twoAtOnce).isFalse();
    assertThat(heard.troubles).noneMatch(why -> why.contains("secret"));
  }

  private HttpPollSource.Builder builder() {
    return HttpPollSource.builder(server.uri())
        .every(SOON)
        .backoff(Duration.ofMillis(1), SOON)
        .timeout(Duration.ofSeconds(10));
  }

  private void open(HttpPollSource.Builder builder) {
    source = builder.build();
    source.open(heard);
  }

  private static String json(String... keys) {
    return HandSource.document(0, keys).toJson();
  }

  @Test
  void ask_documentsWithTags_loadsEachOnce() throws IOException {
    open(builder());

    RawServer.Connection first = server.accept();
    assertThat(first.header("If-None-Match")).isEmpty();
    assertThat(first.header("Accept")).isEqualTo("application/json");
    first.answer(200, "ETag: \"one\"\r\nFlag-Revision: 41\r\n", json("a"));
    heard.awaitCalls("loaded 41 [a]");
    RawServer.Connection second = server.accept();
    assertThat(second.header("If-None-Match")).isEqualTo("\"one\"");
    second.answer(304, "", "");
    Heard.quick(() -> assertThat(heard.touches).hasValue(1));
    RawServer.Connection third = server.accept();
    assertThat(third.header("If-None-Match")).isEqualTo("\"one\"");
    third.answer(200, "ETag: \"two\"\r\nFlag-Revision: 42\r\n", json("b"));
    heard.awaitCalls("loaded 41 [a]", "loaded 42 [b]");
    assertThat(server.accept().header("If-None-Match")).isEqualTo("\"two\"");
  }

  @Test
  void ask_serverWithoutTags_loadsWhatChanges() throws IOException {
    open(builder());

    server.accept().answer(200, "", json("a"));
    server.accept().answer(200, "", json("a"));
    server.accept().answer(200, "", json("a", "b"));

    heard.awaitCalls("loaded 0 [a]", "loaded 0 [a, b]");
  }

  /** So a server that was set back to a backup is followed. */
  @Test
  void ask_olderRevision_isLoaded() throws IOException {
    open(builder());

    server.accept().answer(200, "Flag-Revision: 42\r\n", json("a"));
    server.accept().answer(200, "Flag-Revision: 30\r\n", json("b"));

    heard.awaitCalls("loaded 42 [a]", "loaded 30 [b]");
  }

  @Test
  void ask_refusedBrokenAndWrongAnswers_areToldAndTriedAgain() throws IOException {
    open(builder().mostBytes(1000));

    server.accept().answer(503, "", "");
    heard.awaitTrouble("/flags answers 503");
    server.accept().reset(); // upon which the JDK's client asks again by itself
    server.accept().answer(200, "ETag: \"bad\"\r\n", "{\"flags\":");
    heard.awaitTrouble("answers no flag document: is no JSON");
    RawServer.Connection cut = server.accept();
    assertThat(cut.header("If-None-Match")).as("of a bad document").isEmpty();
    cut.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{").close();
    heard.awaitTrouble("the connection broke");
    server.accept().answer(200, "", " ".repeat(1001));
    heard.awaitTrouble("more than 1000 bytes");
    server.accept().answer(302, "Location: http://127.0.0.1:1/other\r\n", "");
    heard.awaitTrouble("answers 302");

    assertThat(heard.calls).isEmpty();
    server.accept().answer(200, "", json("a"));
    heard.awaitCalls("loaded 0 [a]");
    assertThat(heard.inTouch).isTrue();
  }

  @Test
  void ask_answerThatDoesNotBegin_isGivenUp() throws IOException {
    open(builder().timeout(Duration.ofMillis(300)));

    RawServer.Connection silent = server.accept();

    heard.awaitTrouble("/flags has not answered within PT0.3S");
    silent.awaitEnd();
  }

  @Test
  void ask_answerThatDoesNotEnd_isGivenUp() throws IOException {
    open(builder().timeout(Duration.ofSeconds(1)));

    RawServer.Connection stuck = server.accept();
    stuck.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");

    heard.awaitTrouble("the answer did not end within PT1S");
    stuck.awaitEnd();
  }

  @Test
  void ask_serverIsGone_isTold() throws IOException {
    server.close();
    open(builder());

    heard.awaitTrouble("ConnectException");
  }

  @Test
  void ask_retryAfterSeconds_waits() throws IOException {
    open(builder());

    server.accept().answer(429, "Retry-After: 600\r\n", "");
    heard.awaitTrouble("answers 429");
    server.assertNobodyComes(300);
  }

  @Test
  void ask_retryAfterDate_waitsUntilThen() throws IOException {
    open(builder());

    String later = DateTimeFormatter.RFC_1123_DATE_TIME.format(
        ZonedDateTime.now(ZoneOffset.UTC).plusMinutes(5));
    server.accept().answer(503, "Retry-After: " + later + "\r\n", "");
    heard.awaitTrouble("answers 503");
    server.assertNobodyComes(300);
  }

  @Test
  void ask_retryAfterNonsense_isIgnored() throws IOException {
    open(builder());

    server.accept().answer(503, "Retry-After: soon\r\n", "");
    server.accept().answer(200, "", json("a"));
    heard.awaitCalls("loaded 0 [a]");
  }

  @Test
  void header_givenAndAskedFor_isSentEachTime() throws IOException {
    AtomicInteger token = new AtomicInteger();
    open(builder()
        .header("X-Team", "growth")
        .header("Authorization", () -> "Bearer " + token.incrementAndGet()));

    RawServer.Connection first = server.accept();
    assertThat(first.header("X-Team")).isEqualTo("growth");
    assertThat(first.header("Authorization")).isEqualTo("Bearer 1");
    first.answer(401, "", "");
    assertThat(server.accept().header("Authorization")).isEqualTo("Bearer 2");
  }

  @Test
  void header_thatCannotBeSent_isNamedWithoutItsValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().header("Authorization", "secret\n"))
        .withMessageContaining("Authorization")
        .withMessageNotContaining("secret");
    open(builder().header("Authorization", () -> "secret\n"));
    heard.awaitTrouble("header Authorization cannot be sent");
  }

  @Test
  void client_given_isUsedAndNotClosed() throws IOException {
    HttpClient client =
        HttpClient.newBuilder().followRedirects(HttpClient.Redirect.ALWAYS).build();
    open(builder().client(client));

    server.accept().answer(302, "Location: " + server.uri() + "\r\n", "");
    server.accept().answer(200, "", json("a"));
    heard.awaitCalls("loaded 0 [a]");
  }

  @Test
  void close_whileItWaits_endsAtOnce() throws IOException {
    open(builder().every(NEVER));
    server.accept().answer(200, "", json("a"));
    heard.awaitCalls("loaded 0 [a]");

    source.close();

    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("chasqui-flags-poll"));
  }

  @Test
  void close_whileTheServerIsSilent_endsAtOnce() throws IOException {
    open(builder());
    RawServer.Connection silent = server.accept();

    source.close();

    silent.awaitEnd();
    assertThat(heard.troubles).isEmpty();
  }

  @Test
  void builder_whatIsNotHttp_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HttpPollSource.builder(URI.create("file:///flags.json")));
    assertThatIllegalArgumentException().isThrownBy(() -> builder().every(Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> builder().mostBytes(0));
  }

  @Test
  void toString_always_tellsNoQuery() {
    assertThat(HttpPollSource.of(URI.create("http://user:pw@flags.example:8080/f?key=secret")))
        .hasToString("HttpPollSource[http://flags.example:8080/f]");
  }
}
