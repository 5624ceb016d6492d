package dev.chasqui.realservers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A Redis master with two replicas and the three sentinels that watch them. Each is a {@link RedisProcess} that a test
 * can kill, pause and restart.
 *
 * <pre>{@code
 * try (RealSentinels sentinels = RealSentinels.start()) {
 *   sentinels.master().kill();
 *   sentinels.awaitOk(); // a replica has taken over, two to four seconds later
 * }
 * }</pre>
 *
 * <p>The master counts as failed after half a second of silence, if two sentinels think so. Redis and the sentinels have
 * different passwords, so that a client that mixes them up is found out. Two traps: what is written to no disk is gone
 * with the last process that held it, so a master that is killed and at once restarted is empty and empties its
 * replicas; and a sentinel that was paused for more than two seconds takes part in nothing for the next thirty.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class RealSentinels implements AutoCloseable {
  private static final String MASTER_NAME = "trucks";
  private static final int SERVERS = 3;
  private static final int SENTINELS = 3;
  private static final int QUORUM = 2;

  private final List<RedisProcess> servers;
  private final List<RedisProcess> sentinels;

  private RealSentinels(List<RedisProcess> servers, List<RedisProcess> sentinels) {
    this.servers = servers;
    this.sentinels = sentinels;
  }

  /**
   * Starts all with the program {@link RedisProgram#forTests()}.
   *
   * @throws RealServerException if a process does not start
   */
  public static RealSentinels start() {
    return start(RedisProgram.forTests());
  }

  /**
   * Starts all and returns when the sentinels could make any replica the master.
   *
   * @param configuration lines as in {@code redis.conf} for master and replicas; they come last, so they prevail
   * @throws RealServerException if a process does not start
   */
  public static RealSentinels start(RedisProgram program, String... configuration) {
    List<Integer> ports = FreePort.choose(SERVERS + SENTINELS);
    List<RedisProcess> processes = new ArrayList<>();
    try {
      startServers(program, ports.subList(0, SERVERS), configuration, processes);
      startSentinels(program, ports, processes);
      RealSentinels started = new RealSentinels(
          List.copyOf(processes.subList(0, SERVERS)),
          List.copyOf(processes.subList(SERVERS, processes.size())));
      started.awaitOk();
      return started;
    } catch (RuntimeException e) {
      RedisProcess.closeAll(processes);
      throw e;
    }
  }

  private static void startServers(
      RedisProgram program,
      List<Integer> ports,
      String[] configuration,
      List<RedisProcess> started) {
    String password = RedisProcess.randomPassword();
    List<String> common = new ArrayList<>();
    common.add("masterauth " + password);
    common.add("repl-diskless-sync-delay 0");
    common.addAll(List.of(configuration));
    RedisProcess master = RedisProcess.launch(program, ports.get(0), password, common, List.of());
    started.add(master);
    // A replica that finds no master tries again only after a second.
    master.awaitReady();
    List<String> following = new ArrayList<>(common);
    following.add(0, "replicaof 127.0.0.1 " + master.port());
    for (int port : ports.subList(1, ports.size())) {
      started.add(RedisProcess.launch(program, port, password, following, List.of()));
    }
    // A sentinel that finds a replica without its master's data asks again only after a second.
    started.stream().skip(1).forEach(replica -> {
      replica.awaitReady();
      replica.await("to follow its master", () -> follows(replica, master));
    });
  }

  private static void startSentinels(
      RedisProgram program, List<Integer> ports, List<RedisProcess> started) {
    String password = RedisProcess.randomPassword();
    List<Integer> servers = ports.subList(0, SERVERS);
    List<Integer> sentinels = ports.subList(SERVERS, ports.size());
    for (int port : sentinels) {
      List<String> lines = watching(servers, started.get(0).password(), port, sentinels);
      started.add(RedisProcess.launch(program, port, password, lines, List.of("--sentinel")));
    }
    started.stream().skip(SERVERS).forEach(RedisProcess::awaitReady);
  }

  /** Tells a sentinel of everybody, as its own file would after a restart: to find out would take it seconds. */
  private static List<String> watching(
      List<Integer> servers, String password, int own, List<Integer> sentinels) {
    List<String> lines = new ArrayList<>();
    lines.add("sentinel myid " + id(own));
    lines.add("sentinel monitor " + MASTER_NAME + " 127.0.0.1 " + servers.get(0) + " " + QUORUM);
    lines.add("sentinel auth-pass " + MASTER_NAME + " " + password);
    lines.add("sentinel down-after-milliseconds " + MASTER_NAME + " 500");
    lines.add("sentinel failover-timeout " + MASTER_NAME + " 2000");
    for (int replica : servers.subList(1, servers.size())) {
      lines.add("sentinel known-replica " + MASTER_NAME + " 127.0.0.1 " + replica);
    }
    for (int other : sentinels) {
      if (other != own) {
        lines.add(
            "sentinel known-sentinel " + MASTER_NAME + " 127.0.0.1 " + other + " " + id(other));
      }
    }
    return lines;
  }

  private static String id(int port) {
    return "%040x".formatted(port);
  }

  /** Returns the sentinels' addresses as {@code 127.0.0.1:port}. */
  public List<String> addresses() {
    return sentinels.stream().map(RedisProcess::address).toList();
  }

  /** Returns the name by which the sentinels know the master. */
  public String masterName() {
    return MASTER_NAME;
  }

  /** Returns the password of the default user of the master and its replicas. */
  public String password() {
    return servers.get(0).password();
  }

  /** Returns the password of the sentinels. */
  public String sentinelPassword() {
    return sentinels.get(0).password();
  }

  /** Returns master and replicas, whoever is which. */
  public List<RedisProcess> servers() {
    return servers;
  }

  /** Returns the sentinels. */
  public List<RedisProcess> sentinels() {
    return sentinels;
  }

  /**
   * Returns the master, as a running sentinel sees it; during a failover that may be the old one.
   *
   * @throws RealServerException if no sentinel is running
   */
  public RedisProcess master() {
    return master(anySentinel());
  }

  private RedisProcess master(RedisProcess sentinel) {
    String address =
        sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME).replace('\n', ':');
    return servers.stream()
        .filter(server -> server.address().equals(address))
        .findFirst()
        .orElseThrow(() -> new RealServerException(sentinel + " knows no master, but " + address));
  }

  private RedisProcess anySentinel() {
    return running(sentinels)
        .findFirst()
        .orElseThrow(() -> new RealServerException("No sentinel is running"));
  }

  private static Stream<RedisProcess> running(List<RedisProcess> processes) {
    return processes.stream().filter(RedisProcess::isRunning);
  }

  /**
   * Has a replica become the master though nothing failed, and waits as {@link #awaitOk()} does.
   *
   * @throws RealServerException if a sentinel refuses, as when no replica is running
   */
  public void failover() {
    RedisProcess old = master();
    RedisProcess sentinel = anySentinel();
    sentinel.call("SENTINEL", "FAILOVER", MASTER_NAME);
    sentinel.await("to change the master", () -> master(sentinel) != old);
    awaitOk();
  }

  /**
   * Waits until the running sentinels agree on a running master, its running replicas have its data, and the sentinels
   * could make any of these the master. So it waits for a failover after the master was killed or paused. A former master
   * that is back is told to follow the new one, as the sentinels would tell it, but only twenty seconds later.
   *
   * @throws RealServerException if that takes more than a minute, as when nobody is left to become the master
   */
  public void awaitOk() {
    anySentinel().await("and all that it watches to be well", this::settle);
  }

  /** Returns true if all is well; else does what it can about it. */
  private boolean settle() {
    try {
      RedisProcess master = master();
      if (!master.isRunning()
          || !running(sentinels).allMatch(sentinel -> isContentWith(master, sentinel))
          || !master.call("INFO", "replication").contains("role:master")) {
        return false;
      }
      List<RedisProcess> replicas =
          running(servers).filter(Predicate.not(master::equals)).toList();
      replicas.forEach(replica -> demote(replica, master));
      return replicas.stream().allMatch(replica -> follows(replica, master))
          && running(sentinels).allMatch(sentinel -> couldPromote(replicas, sentinel));
    } catch (RealServerException e) {
      return false; // killed or paused in the meantime, or still loading
    }
  }

  /** No failover may be under way: then there are two masters for a moment, and rightly so. */
  private static boolean isContentWith(RedisProcess master, RedisProcess sentinel) {
    Map<String, String> seen = seenBy(sentinel, "MASTER").get(0);
    return Objects.equals(seen.get("port"), Integer.toString(master.port()))
        && Objects.equals(seen.get("flags"), "master")
        && sentinel.call("SENTINEL", "CKQUORUM", MASTER_NAME).startsWith("OK");
  }

  private static void demote(RedisProcess former, RedisProcess master) {
    if (former.call("INFO", "replication").contains("role:master")) {
      former.call("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
      former.call("CONFIG", "REWRITE"); // so that it stays one after the next restart
    }
  }

  private static boolean follows(RedisProcess replica, RedisProcess master) {
    String replication = replica.call("INFO", "replication");
    return replication.contains("role:slave")
        && replication.contains("master_port:" + master.port())
        && replication.contains("master_link_status:up");
  }

  /** A sentinel promotes whom it has asked how it is, and whose link to the master it has not seen broken. */
  private static boolean couldPromote(List<RedisProcess> replicas, RedisProcess sentinel) {
    return seenBy(sentinel, "REPLICAS").stream()
        .filter(seen -> Objects.equals(seen.get("flags"), "slave"))
        .filter(seen -> !Objects.equals(seen.get("runid"), ""))
        .filter(seen -> Objects.equals(seen.get("master-link-down-time"), "0"))
        .map(seen -> seen.get("name"))
        .toList()
        .containsAll(replicas.stream().map(RedisProcess::address).toList());
  }

  /** The answer is names and values in turns; each server begins with its name. */
  private static List<Map<String, String>> seenBy(RedisProcess sentinel, String whom) {
    List<String> words = sentinel.call("SENTINEL", whom, MASTER_NAME).lines().toList();
    List<Map<String, String>> seen = new ArrayList<>();
    for (int at = 0; at + 1 < words.size(); at += 2) {
      if (words.get(at).equals("name")) {
        seen.add(new HashMap<>());
      }
      seen.get(seen.size() - 1).put(words.get(at), words.get(at + 1));
    }
    return seen;
  }

  /** Kills all processes and removes their files. Doing so twice is harmless. */
  @Override
  public void close() {
    try {
      RedisProcess.closeAll(sentinels);
    } finally {
      RedisProcess.closeAll(servers);
    }
  }
}
