package dev.chasqui.benchmarks.hierarchicalconfig.fingerprint;

import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** One SHA-256 over the whole content as JSON, keys sorted, which tells only that something differs. */
public class Floor extends FingerprintBenchmark {
  private ObjectNode content = JsonNodeFactory.instance.objectNode();
  private String edited = "";
  private JsonNode value = JsonNodeFactory.instance.nullNode();

  @Override
  void setUp(Sample sample, Map<String, Number> entries, String key, Number other) {
    content = JsonNodeFactory.instance.objectNode();
    entries.forEach((each, number) -> content.set(each, Sample.json(number)));
    edited = key;
    value = Sample.json(other);
  }

  @Override
  String fingerprintAnew() {
    return fingerprint();
  }

  @Benchmark
  public String fingerprint() {
    return hash(content);
  }

  @Override
  String fingerprintAfterEdit() {
    ObjectNode after = JsonNodeFactory.instance.objectNode().setAll(content);
    return hash(after.set(edited, value));
  }

  private static String hash(JsonNode json) {
    return HexFormat.of()
        .formatHex(sha256().digest(json.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
