package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Flags;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** OpenFeature's OFREP clients for JavaScript, as they are published, against a running back office. Skipped without Node.js. */
@ExtendWith(RealServers.class)
final class OfrepClientsTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Signature ANA = new Signature("ana", "");

  @TempDir
  private Path directory;

  private OfrepNode node;
  private Office office;

  @BeforeEach
  void open(RealPostgres postgres) throws Exception {
    node = OfrepNode.start(directory);
    office = new Office(postgres);
    office.flags.put("shop", ANA, 0, Flags.parse(SampleFlags.JSON));
  }

  @AfterEach
  void close() throws Exception {
    if (node != null) {
      node.close();
    }
    if (office != null) {
      office.close();
    }
  }

  private static ObjectNode object() {
    return JSON.createObjectNode();
  }

  private ObjectNode at() {
    return object().put("url", office.url("/flags/shop"));
  }

  private static ObjectNode context(String json) {
    return (ObjectNode) JSON.readTree(json);
  }

  private JsonNode ask(String client, String type, String key, String otherwise, String context) {
    ObjectNode with = object().put("type", type).put("key", key);
    with.set("otherwise", JSON.readTree(otherwise));
    with.set("context", JSON.readTree(context));
    return node.tell("ask" + client, with);
  }

  private void change(String key, String flag) {
    office.flags.putFlag("shop", ANA, OptionalLong.empty(), key, JSON.readTree(flag));
  }

  private static void assertDetails(
      JsonNode details, String value, String reason, String variant, String errorCode) {
    assertThat(details.get("value")).as("%s", details).isEqualTo(JSON.readTree(value));
    assertThat(details.path("reason").asString("")).as("%s", details).isEqualTo(reason);
    assertThat(details.path("variant").asString("")).as("%s", details).isEqualTo(variant);
    assertThat(details.path("errorCode").asString("")).as("%s", details).isEqualTo(errorCode);
  }

  @Test
  void serverClient_eachTypeAndError_isAsFlagsSay() {
    node.tell("server", at());
    String insider = "{\"targetingKey\":\"u1\",\"email\":\"a@acme.example\",\"country\":\"DE\"}";

    assertDetails(
        ask("Server", "boolean", "new-checkout", "false", insider),
        "true",
        "TARGETING_MATCH",
        "on",
        "");
    assertDetails(
        ask("Server", "boolean", "express", "true", "{\"targetingKey\":\"u3\"}"),
        "false",
        "TARGETING_MATCH",
        "off",
        "");
    assertDetails(
        ask("Server", "string", "banner", "\"?\"", insider),
        "\"Spring sale\"",
        "TARGETING_MATCH",
        "spring",
        "");
    assertDetails(ask("Server", "string", "banner", "\"?\"", "{}"), "\"\"", "DEFAULT", "none", "");
    JsonNode size = ask("Server", "number", "page-size", "1", "{}");
    assertDetails(size, "20", "STATIC", "small", "");
    assertThat(size.at("/flagMetadata/flagSetId").stringValue()).isEqualTo("shop");
    assertDetails(
        ask("Server", "object", "theme", "{}", "{}"),
        "{\"colour\":\"#1d4ed8\",\"radius\":10}",
        "STATIC",
        "plain",
        "");
    assertDetails(
        ask("Server", "boolean", "nothing", "true", "{}"), "true", "ERROR", "", "FLAG_NOT_FOUND");
    assertDetails(
        ask("Server", "boolean", "page-size", "true", "{}"), "true", "ERROR", "", "TYPE_MISMATCH");
    // This version takes an answer without value for none; the value that counts is the right one
    // all the same.
    assertDetails(
        ask("Server", "boolean", "old-search", "true", "{}"), "true", "ERROR", "", "GENERAL");

    change("page-size", "{\"state\":\"ENABLED\",\"variants\":{\"a\":70},\"defaultVariant\":\"a\"}");
    office.flagHub.refresh("shop");
    assertDetails(ask("Server", "number", "page-size", "1", "{}"), "70", "STATIC", "a", "");
  }

  @Test
  void webClient_followsFlagsAndItsContext() {
    ObjectNode start = at();
    start.set("context", context("{\"targetingKey\":\"u1\",\"country\":\"DE\"}"));
    node.tell("web", start);

    assertDetails(
        ask("Web", "string", "banner", "\"?\"", "{}"),
        "\"Spring sale\"",
        "TARGETING_MATCH",
        "spring",
        "");
    assertDetails(ask("Web", "boolean", "old-search", "true", "{}"), "true", "DISABLED", "", "");
    assertDetails(
        ask("Web", "boolean", "nothing", "true", "{}"), "true", "ERROR", "", "FLAG_NOT_FOUND");
    assertDetails(
        ask("Web", "object", "theme", "{}", "{}"),
        "{\"colour\":\"#1d4ed8\",\"radius\":10}",
        "STATIC",
        "plain",
        "");

    // Once its stream is open it asks anew, in case it missed something: it has not.
    JsonNode fetched = node.tell("statuses", object().put("atLeast", 2));
    assertThat(fetched.get("statuses")).isEqualTo(JSON.readTree("[200,304]"));
    assertThat(fetched.get("changes").intValue()).isZero();

    change("page-size", "{\"state\":\"ENABLED\",\"variants\":{\"a\":70},\"defaultVariant\":\"a\"}");
    assertThat(changed(0)).isEqualTo(JSON.readTree("[\"page-size\"]"));
    assertDetails(ask("Web", "number", "page-size", "1", "{}"), "70", "STATIC", "a", "");

    office.flags.kill("shop", ANA, "banner", true);
    assertThat(changed(1)).isEqualTo(JSON.readTree("[\"banner\"]"));
    assertDetails(ask("Web", "string", "banner", "\"?\"", "{}"), "\"?\"", "DISABLED", "", "");

    // Means nothing to this context: asked for, and not modified.
    String banner =
        "{\"state\":\"ENABLED\",\"variants\":{\"none\":\"\"},\"defaultVariant\":\"none\",\"x-killed\":true}";
    change("banner", banner);
    JsonNode last = node.tell("statuses", object().put("atLeast", 5));
    assertThat(last.get("statuses")).isEqualTo(JSON.readTree("[200,304,200,200,304]"));
    assertThat(last.get("changes").intValue()).isEqualTo(2);

    ObjectNode insider = object();
    insider.set("context", context("{\"targetingKey\":\"u1\",\"email\":\"a@acme.example\"}"));
    node.tell("webContext", insider);
    assertDetails(
        ask("Web", "boolean", "new-checkout", "false", "{}"), "true", "TARGETING_MATCH", "on", "");
  }

  private JsonNode changed(int after) {
    return node.tell(
            "event", object().put("type", "PROVIDER_CONFIGURATION_CHANGED").put("after", after))
        .get("flags");
  }
}
