package dev.chasqui.app.web;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** An answer, ready to be written. The body is not copied. */
@SuppressWarnings("ArrayRecordComponent") // written once, compared by nobody
record Reply(int status, String contentType, byte[] body, Map<String, String> headers) {
  static final String JSON = "application/json";
  static final String HTML = "text/html; charset=utf-8";

  static Reply json(JsonNode body) {
    return json(200, body);
  }

  static Reply json(int status, JsonNode body) {
    return new Reply(status, JSON, (body + "\n").getBytes(StandardCharsets.UTF_8), Map.of());
  }

  static Reply html(int status, byte[] page) {
    return new Reply(status, HTML, page, Map.of("Cache-Control", "no-store"));
  }

  static Reply text(String contentType, String text) {
    return new Reply(200, contentType, text.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  /** After a form was posted: look there. */
  static Reply seeOther(String location) {
    return new Reply(303, "text/plain", new byte[0], Map.of("Location", location));
  }

  Reply withHeaders(Map<String, String> more) {
    return new Reply(status, contentType, body, more);
  }
}
