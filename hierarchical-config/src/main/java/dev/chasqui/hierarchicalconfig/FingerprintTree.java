package dev.chasqui.hierarchicalconfig;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The content of an effective config as a tree of hashes, so that two sides find the keys that differ
 * without telling each other everything: first the roots, then the 16 hashes below the root, then
 * those below each node that differs, then the keys of each bucket that differs. SPEC.md, section 11.
 * Its shape depends on the keys alone. Immutable; what a change does not touch is shared.
 */
public final class FingerprintTree {
  private static final int WIDTH = 16;
  private static final HexFormat HEX = HexFormat.of();
  private static final byte LEAF = 0;
  private static final byte BUCKET = 1;
  private static final byte NODE = 2;
  private static final byte ROOT = 3;

  private static final Bucket EMPTY_BUCKET = new Bucket(new TreeMap<>());
  private static final Node EMPTY_NODE = new Node(Collections.nCopies(WIDTH, EMPTY_BUCKET));
  /** Of no content. */
  static final FingerprintTree EMPTY = new FingerprintTree(Collections.nCopies(WIDTH, EMPTY_NODE));

  private static final class Bucket {
    final SortedMap<String, byte[]> leaves;
    final byte[] hash;

    Bucket(SortedMap<String, byte[]> leaves) {
      this.leaves = leaves;
      this.hash = hashOf(BUCKET, leaves.values());
    }
  }

  private static final class Node {
    final List<Bucket> buckets;
    final byte[] hash;

    Node(List<Bucket> buckets) {
      this.buckets = buckets;
      this.hash = hashOf(NODE, buckets.stream().map(bucket -> bucket.hash).toList());
    }
  }

  private final List<Node> nodes;
  private final byte[] root;

  private FingerprintTree(List<Node> nodes) {
    this.nodes = nodes;
    this.root = hashOf(ROOT, nodes.stream().map(node -> node.hash).toList());
  }

  /** This tree with other values, of plain JSON, for some keys; a null takes the key out. */
  FingerprintTree with(Map<String, ? extends @Nullable JsonNode> changes) {
    Map<Integer, SortedMap<String, byte[]>> edited = new TreeMap<>();
    changes.forEach((key, value) -> {
      int index = bucketOf(key);
      SortedMap<String, byte[]> leaves =
          edited.computeIfAbsent(index, any -> new TreeMap<>(bucket(index).leaves));
      if (value == null) {
        leaves.remove(key);
      } else {
        leaves.put(key, leaf(key, value));
      }
    });
    List<Node> changed = new ArrayList<>(nodes);
    for (int i = 0; i < WIDTH; i++) {
      List<Bucket> buckets = null;
      for (int j = 0; j < WIDTH; j++) {
        SortedMap<String, byte[]> leaves = edited.get(i * WIDTH + j);
        if (leaves != null) {
          buckets = buckets == null ? new ArrayList<>(nodes.get(i).buckets) : buckets;
          buckets.set(j, leaves.isEmpty() ? EMPTY_BUCKET : new Bucket(leaves));
        }
      }
      if (buckets != null) {
        changed.set(
            i,
            buckets.stream().allMatch(bucket -> bucket.leaves.isEmpty())
                ? EMPTY_NODE
                : new Node(buckets));
      }
    }
    return new FingerprintTree(changed);
  }

  private Bucket bucket(int index) {
    return nodes.get(index / WIDTH).buckets.get(index % WIDTH);
  }

  private static int bucketOf(String key) {
    return Byte.toUnsignedInt(
        CanonicalJson.sha256().digest(key.getBytes(StandardCharsets.UTF_8))[0]);
  }

  private static byte[] leaf(String key, JsonNode value) {
    ArrayNode pair = JsonNodeFactory.instance.arrayNode().add(key).add(value);
    StringBuilder text = new StringBuilder();
    CanonicalJson.write(pair, text);
    return hashOf(LEAF, List.of(text.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] hashOf(byte kind, Collection<byte[]> parts) {
    MessageDigest digest = CanonicalJson.sha256();
    digest.update(kind);
    parts.forEach(digest::update);
    return digest.digest();
  }

  /** The fingerprint of the whole: lower-case hex of 32 bytes, as all hashes here. */
  public String root() {
    return HEX.formatHex(root);
  }

  /**
   * The 16 hashes below a node.
   *
   * @param path empty for the root, or one lower-case hexadecimal digit
   * @throws IllegalArgumentException if the path is neither
   */
  public List<String> children(String path) {
    return hashes(path).stream().map(HEX::formatHex).toList();
  }

  private List<byte[]> hashes(String path) {
    if (path.isEmpty()) {
      return nodes.stream().map(node -> node.hash).toList();
    }
    return nodes.get(index(path, 1)).buckets.stream().map(bucket -> bucket.hash).toList();
  }

  /**
   * The keys of a bucket, each with its hash, in order.
   *
   * @param path two lower-case hexadecimal digits
   * @throws IllegalArgumentException if the path is anything else
   */
  public SortedMap<String, String> leaves(String path) {
    SortedMap<String, String> leaves = new TreeMap<>();
    bucket(index(path, 2)).leaves.forEach((key, hash) -> leaves.put(key, HEX.formatHex(hash)));
    return leaves;
  }

  /**
   * Where this differs from a tree of which only the hashes are known.
   *
   * @param path empty for the root, or one lower-case hexadecimal digit
   * @param children what the other tree's {@link #children} says of the path
   * @return paths below {@code path}, in order; empty if there is no difference
   * @throws IllegalArgumentException if the path is neither, or there are not 16 hashes
   */
  public List<String> differingPaths(String path, List<String> children) {
    List<String> own = children(path);
    if (children.size() != WIDTH) {
      throw new IllegalArgumentException(
          "there must be " + WIDTH + " hashes below \"" + path + "\", were " + children.size());
    }
    List<String> differing = new ArrayList<>();
    for (int i = 0; i < WIDTH; i++) {
      if (!own.get(i).equals(children.get(i))) {
        differing.add(path + Character.forDigit(i, WIDTH));
      }
    }
    return differing;
  }

  /** The keys that only one of the two has, or that have another value; looks only where hashes differ. */
  public SortedSet<String> differingKeys(FingerprintTree other) {
    SortedSet<String> keys = new TreeSet<>();
    for (int i = 0; i < WIDTH; i++) {
      Node one = nodes.get(i);
      Node two = other.nodes.get(i);
      if (!Arrays.equals(one.hash, two.hash)) {
        for (int j = 0; j < WIDTH; j++) {
          addDiffering(keys, one.buckets.get(j).leaves, two.buckets.get(j).leaves);
          addDiffering(keys, two.buckets.get(j).leaves, one.buckets.get(j).leaves);
        }
      }
    }
    return keys;
  }

  private static void addDiffering(
      SortedSet<String> keys, Map<String, byte[]> one, Map<String, byte[]> two) {
    one.forEach((key, hash) -> {
      byte[] others = two.get(key);
      if (others == null || !Arrays.equals(hash, others)) {
        keys.add(key);
      }
    });
  }

  private static int index(String path, int digits) {
    if (path.length() != digits
        || !path.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      throw new IllegalArgumentException("path must be " + digits
          + " lower-case hexadecimal digits, was \"" + Setting.cut(path) + '"');
    }
    return Integer.parseInt(path, WIDTH);
  }

  /** Two are equal if their contents are. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FingerprintTree tree && Arrays.equals(tree.root, root);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(root);
  }

  /** The root. */
  @Override
  public String toString() {
    return root();
  }
}
