package dev.chasqui.realservers;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A Redis cluster of three masters, which share all slots evenly, with as many replicas as are asked for. Each node is a
 * {@link RedisProcess} that a test can kill, pause and restart.
 *
 * <pre>{@code
 * try (RealRedisCluster cluster = RealRedisCluster.start(RedisProgram.forTests(), 1)) {
 *   cluster.masterOf("truck:7").kill();
 *   cluster.awaitOk(); // its replica has taken over, one to three seconds later
 * }
 * }</pre>
 *
 * <p>It starts in about two and a half seconds, since a master waits two until it takes writes; one that is restarted
 * waits as long. Slots may be moved with {@link RedisProcess#call}. A node counts as failed after one second of silence.
 * What is written to no disk is gone with the last process that held it, as in {@link RedisProcess}.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class RealRedisCluster implements AutoCloseable {
  private static final int MASTERS = 3;
  private static final int SLOTS = 16_384;
  private static final List<String> CONFIGURATION = List.of(
      "cluster-enabled yes",
      "cluster-node-timeout 1000",
      "cluster-announce-ip 127.0.0.1",
      // A replica takes over however long it has not heard from its master, and stays with the
      // master it was given.
      "cluster-replica-validity-factor 0",
      "cluster-migration-barrier 100",
      "repl-diskless-sync-delay 0");

  private final List<RedisProcess> nodes;
  private final String password;

  private RealRedisCluster(List<RedisProcess> nodes, String password) {
    this.nodes = nodes;
    this.password = password;
  }

  /**
   * Starts three masters without replicas, with the program {@link RedisProgram#forTests()}.
   *
   * @throws RealServerException if a node does not start
   */
  public static RealRedisCluster start() {
    return start(RedisProgram.forTests(), 0);
  }

  /**
   * Starts three masters with replicas and returns when all nodes say that all is well.
   *
   * @param replicasEach how many replicas each master has, not negative
   * @param configuration lines as in {@code redis.conf} for each node; they come last, so they prevail
   * @throws RealServerException if a node does not start
   */
  public static RealRedisCluster start(
      RedisProgram program, int replicasEach, String... configuration) {
    if (replicasEach < 0) {
      throw new IllegalArgumentException("replicasEach must not be negative, was " + replicasEach);
    }
    String password = RedisProcess.randomPassword();
    List<String> lines = new ArrayList<>(CONFIGURATION);
    lines.add("masterauth " + password);
    lines.addAll(List.of(configuration));
    List<RedisProcess> nodes = new ArrayList<>();
    try {
      for (int port : FreePort.choose(MASTERS * (1 + replicasEach))) {
        nodes.add(RedisProcess.launch(program, port, password, lines, List.of()));
      }
      nodes.forEach(RedisProcess::awaitReady);
      RealRedisCluster cluster = new RealRedisCluster(List.copyOf(nodes), password);
      cluster.form();
      return cluster;
    } catch (RuntimeException e) {
      RedisProcess.closeAll(nodes);
      throw e;
    }
  }

  private void form() {
    for (int master = 0; master < MASTERS; master++) {
      // Epochs that differ from the start: else nodes would meet as rivals and settle that first.
      nodes.get(master).call("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(master + 1));
      nodes.get(master).call(addSlots(SLOTS * master / MASTERS, SLOTS * (master + 1) / MASTERS));
    }
    // Each meets each: waiting for gossip would take longer.
    for (RedisProcess node : nodes) {
      for (RedisProcess other : nodes.subList(0, nodes.indexOf(node))) {
        node.call("CLUSTER", "MEET", "127.0.0.1", Integer.toString(other.port()));
      }
    }
    for (int replica = MASTERS; replica < nodes.size(); replica++) {
      RedisProcess node = nodes.get(replica);
      String master = nodes.get(replica % MASTERS).call("CLUSTER", "MYID");
      node.await("to know its master", () -> lines(node).anyMatch(line -> line.startsWith(master)));
      node.call("CLUSTER", "REPLICATE", master);
    }
    awaitOk();
  }

  /** One by one: only Redis 7.0 knows ranges. */
  private static String[] addSlots(int from, int to) {
    return Stream.concat(
            Stream.of("CLUSTER", "ADDSLOTS"), IntStream.range(from, to).mapToObj(Integer::toString))
        .toArray(String[]::new);
  }

  /** Returns the nodes' addresses as {@code 127.0.0.1:port}, masters first. */
  public List<String> seeds() {
    return nodes.stream().map(RedisProcess::address).toList();
  }

  /** Returns the password of the default user, the same on all nodes. */
  public String password() {
    return password;
  }

  /** Returns all nodes in the order of their start: three masters, then the replicas of each in the same order. */
  public List<RedisProcess> nodes() {
    return nodes;
  }

  /**
   * Returns the node that is the master of a key's slot, as a running node sees it.
   *
   * @throws RealServerException if no node is running or none serves the slot
   */
  public RedisProcess masterOf(String key) {
    RedisProcess witness = anyRunning();
    int slot = Integer.parseInt(witness.call("CLUSTER", "KEYSLOT", key));
    return seenBy(witness).stream()
        .filter(node -> node.serves(slot))
        .flatMap(node -> process(node.address()).stream())
        .findFirst()
        .orElseThrow(() -> new RealServerException(witness + " knows no master of slot " + slot));
  }

  /**
   * Waits until the running nodes agree that they serve all slots and every replica has its master's data. So it waits
   * for a failover after a master was killed or paused, and for a restarted node to be back in its place.
   *
   * @throws RealServerException if that takes more than a minute, as when a master is killed that has no replica
   */
  public void awaitOk() {
    anyRunning().await("and the cluster around it to be well", this::isOk);
  }

  private RedisProcess anyRunning() {
    return nodes.stream()
        .filter(RedisProcess::isRunning)
        .findFirst()
        .orElseThrow(() -> new RealServerException("No node of the cluster is running"));
  }

  private boolean isOk() {
    List<RedisProcess> running = nodes.stream().filter(RedisProcess::isRunning).toList();
    Set<String> addresses =
        running.stream().map(RedisProcess::address).collect(Collectors.toUnmodifiableSet());
    try {
      Set<Set<Seen>> views = running.stream()
          .map(node -> seenBy(node).stream()
              .filter(
                  seen -> addresses.contains(seen.address()) || !seen.slots().isEmpty())
              .collect(Collectors.toUnmodifiableSet()))
          .collect(Collectors.toUnmodifiableSet());
      return views.size() == 1
          && views.stream()
              .flatMap(Set::stream)
              .allMatch(seen -> addresses.contains(seen.address()))
          && views.iterator().next().size() == running.size()
          && views.stream().flatMap(Set::stream).noneMatch(Seen::isInTrouble)
          && running.stream().allMatch(RealRedisCluster::saysOk);
    } catch (RealServerException e) {
      return false; // killed or paused in the meantime, or still loading
    }
  }

  private static boolean saysOk(RedisProcess node) {
    return node.call("CLUSTER", "INFO").contains("cluster_state:ok")
        && !node.call("INFO", "replication").contains("master_link_status:down");
  }

  private Optional<RedisProcess> process(String address) {
    return nodes.stream().filter(node -> node.address().equals(address)).findFirst();
  }

  private static Stream<String> lines(RedisProcess node) {
    return node.call("CLUSTER", "NODES").lines();
  }

  private static Set<Seen> seenBy(RedisProcess node) {
    return lines(node).map(Seen::parse).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * A node as another one, or it itself, sees it.
   *
   * @param flags without the one by which a node marks itself
   * @param slots ranges like {@code 0-5460}, without those that are just moving
   */
  private record Seen(String address, Set<String> flags, String master, Set<String> slots) {
    private static final int FIRST_SLOT = 8;

    /** {@code id address@bus flags master ping pong epoch link slot…}. */
    static Seen parse(String line) {
      List<String> words = List.of(line.split(" ", -1));
      return new Seen(
          words.get(1).replaceFirst("@.*", ""),
          Stream.of(words.get(2).split(",", -1))
              .filter(flag -> !flag.equals("myself"))
              .collect(Collectors.toUnmodifiableSet()),
          words.get(3),
          words.stream()
              .skip(FIRST_SLOT)
              .filter(slot -> !slot.isEmpty() && !slot.startsWith("["))
              .collect(Collectors.toUnmodifiableSet()));
    }

    boolean isInTrouble() {
      return !flags.equals(Set.of("master")) && !flags.equals(Set.of("slave"));
    }

    boolean serves(int slot) {
      return slots.stream()
          .map(range -> range.split("-", -1))
          .anyMatch(ends ->
              Integer.parseInt(ends[0]) <= slot && slot <= Integer.parseInt(ends[ends.length - 1]));
    }
  }

  /** Kills all nodes and removes their files. Doing so twice is harmless. */
  @Override
  public void close() {
    RedisProcess.closeAll(nodes);
  }
}
