package dev.chasqui.app.gateway;

import dev.chasqui.app.pipeline.ChangeEvent;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Server frames as the bytes that go over the wire: WebSocket headers and JSON. A server's frames are
 * not masked, so one buffer serves any number of connections.
 */
final class Frames {
  private static final int TRACE_PARENT = 55; // its length (W3C)
  private static final int FINAL_TEXT = 0x81;
  private static final int PING = 0x89;
  private static final int CLOSE = 0x88;
  private static final int HEADER_LIMIT = 10;
  private static final int SHORT_LENGTH = 125;
  private static final int MEDIUM_LENGTH = 65_535;

  private final Duration ackWithin;
  private final Duration heartbeat;

  Frames(Duration ackWithin, Duration heartbeat) {
    this.ackWithin = ackWithin;
    this.heartbeat = heartbeat;
  }

  /** A whole transfer, from {@code begin} to {@code complete}. */
  ByteBuf transfer(Answer answer) {
    ObjectNode begin = frame("begin");
    begin.put("mode", answer.mode().word());
    begin.put("reason", answer.reason());
    begin.put("revision", answer.revision());
    begin.put("ackWithin", ackWithin.toMillis());
    begin.put("heartbeat", heartbeat.toMillis());
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer();
    put(out, begin);
    for (Profile profile : answer.profiles()) {
      ObjectNode json = frame("profile");
      json.set("profile", ProfileJson.write(profile));
      put(out, json);
    }
    put(out, complete(answer.revision(), ""));
    return out;
  }

  /** What one change does to one profile. */
  static ByteBuf edits(ProfileEdits edits) {
    return text(editsJson(edits));
  }

  /** The end of a change. */
  static ByteBuf complete(ChangeEvent change) {
    return text(complete(change.revision(), traceParent(change)));
  }

  /** Asks how long the steps of what follows take. */
  static ByteBuf trace(String token) {
    ObjectNode json = frame("trace");
    json.put("trace", token);
    return text(json);
  }

  /** A change that edits one profile, whole. */
  static ByteBuf change(ChangeEvent change, List<ProfileEdits> edits) {
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer();
    edits.forEach(edit -> put(out, editsJson(edit)));
    put(out, complete(change.revision(), traceParent(change)));
    return out;
  }

  static ByteBuf goodbye(Duration retryAfter, String reason) {
    ObjectNode json = frame("goodbye");
    json.put("retryAfter", retryAfter.toMillis());
    json.put("reason", reason);
    return text(json);
  }

  static ByteBuf error(int status, String title, String detail) {
    ObjectNode json = frame("error");
    json.put("status", status);
    json.put("title", title);
    json.put("detail", detail);
    return text(json);
  }

  static ByteBuf ping() {
    return ByteBufAllocator.DEFAULT.directBuffer(2).writeByte(PING).writeByte(0);
  }

  static ByteBuf close(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, SHORT_LENGTH - 2);
    return ByteBufAllocator.DEFAULT
        .directBuffer(length + 4)
        .writeByte(CLOSE)
        .writeByte(length + 2)
        .writeShort(code)
        .writeBytes(text, 0, length);
  }

  private static ObjectNode editsJson(ProfileEdits edits) {
    ObjectNode json = frame("edits");
    json.set("edits", ProfileJson.write(edits));
    return json;
  }

  /** As the header of this name; what may follow it in the token is for ourselves. */
  private static String traceParent(ChangeEvent change) {
    String token = change.traceParent();
    return token.substring(0, Math.min(token.length(), TRACE_PARENT));
  }

  private static ObjectNode complete(long revision, String trace) {
    ObjectNode json = frame("complete");
    json.put("revision", revision);
    if (!trace.isEmpty()) {
      json.put("trace", trace);
    }
    return json;
  }

  private static ObjectNode frame(String type) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("type", type);
    return json;
  }

  private static ByteBuf text(ObjectNode json) {
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer();
    put(out, json);
    return out;
  }

  private static void put(ByteBuf out, ObjectNode json) {
    byte[] payload = json.toString().getBytes(StandardCharsets.UTF_8);
    out.ensureWritable(payload.length + HEADER_LIMIT);
    out.writeByte(FINAL_TEXT);
    if (payload.length <= SHORT_LENGTH) {
      out.writeByte(payload.length);
    } else if (payload.length <= MEDIUM_LENGTH) {
      out.writeByte(126).writeShort(payload.length);
    } else {
      out.writeByte(127).writeLong(payload.length);
    }
    out.writeBytes(payload);
  }
}
