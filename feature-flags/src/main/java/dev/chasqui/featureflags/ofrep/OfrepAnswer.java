package dev.chasqui.featureflags.ofrep;

import java.util.Map;

/**
 * What is to be sent over HTTP.
 *
 * @param status of HTTP: 200, 304, 400, 404 or 500
 * @param headers to send besides those of every answer, by name
 * @param body JSON in UTF-8, empty for 304; not copied, for reading only
 */
@SuppressWarnings("ArrayRecordComponent") // written once, compared by nobody
public record OfrepAnswer(int status, Map<String, String> headers, byte[] body) {
  /** Copies the headers. */
  public OfrepAnswer {
    headers = Map.copyOf(headers);
  }
}
