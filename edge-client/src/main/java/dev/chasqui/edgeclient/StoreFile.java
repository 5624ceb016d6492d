package dev.chasqui.edgeclient;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import dev.chasqui.hierarchicalconfig.Scope;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The content of one file of a {@link DirectoryStore}: a line that ends in the SHA-256 of the rest, then JSON.
 *
 * @param sequence 1 for the first file that was written, one more for each later one
 */
record StoreFile(long sequence, Stored stored) {
  private static final String MAGIC = "chasqui-edge-store 1 sha256=";

  String write(String device) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("sequence", sequence);
    json.put("device", device);
    json.set("received", write(stored.received()));
    if (!stored.effective().equals(stored.received())) {
      json.set("effective", write(stored.effective()));
    }
    if (!stored.objection().isEmpty()) {
      json.put("objection", stored.objection());
    }
    String body = json.toString();
    return MAGIC + sha256(body) + '\n' + body;
  }

  private static ObjectNode write(ProfileSet set) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("revision", set.revision());
    var profiles = json.putArray("profiles");
    set.profiles().values().forEach(profile -> profiles.add(ProfileJson.write(profile)));
    return json;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if it was damaged since, or is another device's
   */
  static StoreFile read(String text, String device) {
    int end = text.indexOf('\n');
    if (!text.startsWith(MAGIC) || end < 0) {
      throw new IllegalArgumentException("it does not begin with \"" + MAGIC + '"');
    }
    String body = text.substring(end + 1);
    if (!text.substring(MAGIC.length(), end).equals(sha256(body))) {
      throw new IllegalArgumentException("its content does not have the checksum it says");
    }
    try {
      return read(JsonMapper.shared().readTree(body), device);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static StoreFile read(JsonNode json, String device) {
    if (!json.path("device").asString("").equals(device)) {
      throw new IllegalArgumentException("it is of device " + json.path("device"));
    }
    ProfileSet received = readSet(json.path("received"));
    return new StoreFile(
        json.path("sequence").asLong(0),
        new Stored(
            received,
            json.has("effective") ? readSet(json.path("effective")) : received,
            json.path("objection").asString("")));
  }

  private static ProfileSet readSet(JsonNode json) {
    Map<Scope, Profile> profiles = new LinkedHashMap<>();
    for (JsonNode each : json.path("profiles")) {
      Profile profile = ProfileJson.readProfile(each);
      profiles.put(profile.scope(), profile);
    }
    return new ProfileSet(json.path("revision").asLong(0), profiles);
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
