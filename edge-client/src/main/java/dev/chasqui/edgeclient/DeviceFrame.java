package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.Violation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes the frames of a device. */
final class DeviceFrame {
  /** Room that violations may take of the 64 KiB of a frame. */
  private static final int VIOLATION_BYTES = 56 * 1024;

  private DeviceFrame() {}

  static String hello(ProfileSet held, String software) {
    ObjectNode json = frame("hello");
    ObjectNode profiles = json.putObject("profiles");
    held.profiles().forEach((scope, profile) -> profiles.put(scope.toString(), profile.revision()));
    if (!software.isEmpty()) {
      json.put("software", software);
    }
    return json.toString();
  }

  static String ack(
      long received,
      long effective,
      long receivedAgoMillis,
      long effectiveAgoMillis,
      String fingerprint,
      @Nullable Refusal refusal,
      StepTimes times) {
    ObjectNode json = frame("ack");
    json.put("received", received);
    json.put("effective", effective);
    json.put("receivedAgo", receivedAgoMillis);
    json.put("effectiveAgo", effectiveAgoMillis);
    json.put("fingerprint", fingerprint);
    if (refusal != null) {
      writeRejected(refusal, json.putObject("rejected"));
    }
    if (times.isAsked()) {
      json.set("trace", times.write());
    }
    return json.toString();
  }

  private static void writeRejected(Refusal refusal, ObjectNode json) {
    json.put("revision", refusal.revision());
    ArrayNode violations = json.putArray("violations");
    int room = VIOLATION_BYTES;
    for (Violation violation : refusal.violations()) {
      ObjectNode written = write(violation);
      room -= Utf8.length(written.toString()) + 1;
      if (room < 0) {
        json.put("omitted", refusal.violations().size() - violations.size());
        return;
      }
      violations.add(written);
    }
  }

  private static ObjectNode write(Violation violation) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("setting", violation.setting());
    if (violation.scope() != null) {
      json.put("scope", violation.scope().toString());
    }
    json.put("rule", violation.rule().code());
    json.put("message", violation.message());
    return json;
  }

  private static ObjectNode frame(String type) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("type", type);
    return json;
  }
}
