package dev.chasqui.featureflags;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the whole document, and remembers what it got (SPEC.md, 6.1).
 *
 * <p><b>Threads:</b> for one.
 */
final class HttpPoll {
  private final HttpCalls calls;
  private final URI uri;
  private final FlagSource.Listener listener;
  private @Nullable String tag;
  private @Nullable String loaded;

  HttpPoll(HttpCalls calls, URI uri, FlagSource.Listener listener) {
    this.calls = calls;
    this.uri = uri;
    this.listener = listener;
  }

  /**
   * Asks once, and tells the listener of the document or that there is no other.
   *
   * @throws IOException that names the URI, if there is no document to be had
   */
  void ask() throws IOException, InterruptedException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Accept", "application/json");
    if (tag != null) {
      headers.put("If-None-Match", tag);
    }
    HttpResponse<ByteStream> answer = calls.get(uri, headers);
    if (answer.statusCode() == 304 && tag != null) {
      answer.body().cancel();
      listener.inTouch();
      return;
    }
    if (answer.statusCode() != 200) {
      throw HttpCalls.refusal(answer, "answers " + answer.statusCode());
    }
    byte[] body = calls.body(answer);
    long revision =
        answer.headers().firstValue("Flag-Revision").map(HttpPoll::revision).orElse(0L);
    String content = revision + " " + Sha256.of(body);
    if (content.equals(loaded)) {
      listener.inTouch();
    } else {
      FlagDocument document;
      try {
        document = FlagDocument.parse(body);
      } catch (FlagFormatException e) {
        throw new IOException(
            HttpCalls.shown(uri) + " answers no flag document: " + e.getMessage(), e);
      }
      loaded = content;
      listener.loaded(document.withRevision(revision));
    }
    tag = answer.headers().firstValue("ETag").orElse(null);
  }

  private static long revision(String header) {
    try {
      return Math.max(0, Long.parseLong(header.strip()));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
