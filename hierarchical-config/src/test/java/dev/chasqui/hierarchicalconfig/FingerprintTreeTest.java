package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

final class FingerprintTreeTest {
  private static LongStream seeds() {
    return LongStream.range(0, 60);
  }

  private static Map<String, JsonNode> random(Random random, int keys) {
    Map<String, JsonNode> content = new HashMap<>();
    for (int i = 0; i < keys; i++) {
      content.put("k" + random.nextInt(2 * keys), Json.json(String.valueOf(random.nextInt(4))));
    }
    return content;
  }

  /** The root by SPEC.md, all in one go; values are whole numbers. */
  private static String naiveRoot(Map<String, JsonNode> content) throws Exception {
    ByteArrayOutputStream nodes = new ByteArrayOutputStream();
    for (int i = 0; i < 16; i++) {
      ByteArrayOutputStream buckets = new ByteArrayOutputStream();
      for (int j = 0; j < 16; j++) {
        ByteArrayOutputStream leaves = new ByteArrayOutputStream();
        for (Map.Entry<String, JsonNode> entry : new TreeMap<>(content).entrySet()) {
          if ((sha256(bytes(entry.getKey()))[0] & 0xff) == i * 16 + j) {
            String text = "[\"" + entry.getKey() + "\"," + entry.getValue() + ']';
            leaves.write(sha256(tagged(0, bytes(text))));
          }
        }
        buckets.write(sha256(tagged(1, leaves.toByteArray())));
      }
      nodes.write(sha256(tagged(2, buckets.toByteArray())));
    }
    return HexFormat.of().formatHex(sha256(tagged(3, nodes.toByteArray())));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] tagged(int tag, byte[] bytes) {
    byte[] all = new byte[bytes.length + 1];
    all[0] = (byte) tag;
    System.arraycopy(bytes, 0, all, 1, bytes.length);
    return all;
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void root_ofAnyContent_isThatOfTheSpecification(long seed) throws Exception {
    Map<String, JsonNode> content = random(new Random(seed), (int) seed * 5);
    assertThat(FingerprintTree.EMPTY.with(content).root()).isEqualTo(naiveRoot(content));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void with_anyChanges_isTheTreeOfTheChangedContent(long seed) {
    Random random = new Random(seed);
    Map<String, JsonNode> content = random(random, 40);
    FingerprintTree tree = FingerprintTree.EMPTY.with(content);
    for (int i = 0; i < 10; i++) {
      Map<String, @Nullable JsonNode> changes = new HashMap<>(random(random, 3));
      new ArrayList<>(content.keySet())
          .subList(0, Math.min(2, content.size()))
          .forEach(key -> changes.put(key, null));
      changes.forEach((key, value) -> {
        if (value == null) {
          content.remove(key);
        } else {
          content.put(key, value);
        }
      });
      tree = tree.with(changes);
      assertThat(tree).isEqualTo(FingerprintTree.EMPTY.with(content));
    }
    Map<String, @Nullable JsonNode> all = new HashMap<>();
    content.keySet().forEach(key -> all.put(key, null));
    assertThat(tree.with(all)).isEqualTo(FingerprintTree.EMPTY.with(Map.of()));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void differingKeys_ofTwoContents_areFoundAlsoThroughHashesAlone(long seed) {
    Random random = new Random(seed);
    Map<String, JsonNode> one = random(random, 50);
    Map<String, JsonNode> two = new HashMap<>(one);
    two.putAll(random(random, (int) seed % 5));
    one.putAll(random(random, (int) seed % 3));
    SortedSet<String> differing = new TreeSet<>(one.keySet());
    differing.addAll(two.keySet());
    differing.removeIf(key -> one.containsKey(key) && one.get(key).equals(two.get(key)));

    FingerprintTree here = FingerprintTree.EMPTY.with(one);
    FingerprintTree there = FingerprintTree.EMPTY.with(two);

    assertThat(here.differingKeys(there)).isEqualTo(differing);
    NavigableSet<String> found = new TreeSet<>();
    for (String node : here.differingPaths("", there.children(""))) {
      for (String bucket : here.differingPaths(node, there.children(node))) {
        Map<String, String> theirs = there.leaves(bucket);
        here.leaves(bucket).forEach((key, hash) -> {
          if (!hash.equals(theirs.get(key))) {
            found.add(key);
          }
        });
        theirs.keySet().stream()
            .filter(key -> !here.leaves(bucket).containsKey(key))
            .forEach(found::add);
      }
    }
    assertThat(found).isEqualTo(differing);
  }

  @Test
  void badPaths_areRefused() {
    FingerprintTree tree = FingerprintTree.EMPTY.with(Map.of());
    for (String path : List.of("0f", "g", "A", "-")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> tree.children(path))
          .withMessage("path must be 1 lower-case hexadecimal digits, was \"" + path + '"');
    }
    for (String path : List.of("", "0", "0g", "+1", "0ff")) {
      assertThatIllegalArgumentException().isThrownBy(() -> tree.leaves(path));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tree.differingPaths("", List.of("00")))
        .withMessage("there must be 16 hashes below \"\", were 1");
  }

  @Test
  void tree_ofTheSameContent_isEqualAndReadsAsItsRoot() {
    FingerprintTree tree = FingerprintTree.EMPTY.with(Map.of("k", Json.json("1")));
    FingerprintTree same = FingerprintTree.EMPTY.with(Map.of()).with(Map.of("k", Json.json("1")));

    assertThat(tree).isEqualTo(same).hasSameHashCodeAs(same).hasToString(tree.root());
    assertThat(tree.hashCode())
        .isNotEqualTo(FingerprintTree.EMPTY.with(Map.of()).hashCode());
  }
}
