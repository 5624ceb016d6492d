package dev.chasqui.pooledredis;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which Redis, and how many connections may wait how long for what. Start from {@link #of} or {@link #parse},
 * then change what differs:
 *
 * <pre>{@code
 * RedisConfig.parse("rediss://app:secret@redis.example:6379/2?maxConnections=32&borrowTimeout=250ms")
 *     .withClientName("fleet-" + region);
 * }</pre>
 *
 * <p>Immutable. What is wrong is refused with an {@link IllegalArgumentException} that names the component,
 * its value and the rule; nothing is repaired. Each step of a chain of {@code with…} must be right in itself:
 * where two components depend on each other, change them in the order that keeps the rule, such as
 * {@code password} before {@code username}.
 *
 * <p>Each duration is at least 1 millisecond, because less is 0 to Netty, which then waits without limit, and
 * at most 24 days, because Netty keeps milliseconds in an {@code int}.
 *
 * @param servers which servers there are and how they belong together
 * @param username the ACL user, without white space, only together with a password; by default null, which is
 *     Redis' user {@code default}, the one that a plain {@code requirepass} is about
 * @param password not empty; by default null, no authentication, as Redis itself begins
 * @param sentinelUsername the sentinels' ACL user, without white space, only with
 *     {@link RedisServers.Sentinel} and together with {@code sentinelPassword}; by default null, since
 *     sentinels have users of their own, if any, and those of the servers must not be shown to others unasked
 * @param sentinelPassword the sentinels' password, not empty, only with {@link RedisServers.Sentinel}; by
 *     default null, for the same reason
 * @param database 0 or more, and 0 in a cluster, which has no other; by default 0, the one that always exists
 * @param tls how connections are encrypted, to sentinels too, or null if they are not; not over a Unix
 *     socket; by default null, as Redis itself begins
 * @param clientName what {@code CLIENT LIST} shows, printable ASCII without spaces; by default null, none,
 *     since a name that says nothing about the application would help nobody
 * @param protocol the version of the protocol; by default RESP3, which all servers from Redis 6 on speak and
 *     which says what is pushed from what is answered
 * @param readFrom where shared connections send commands that only read; not other than {@code MASTER} over a
 *     Unix socket; by default {@code MASTER}, because replicas lag, and a program that reads what it has just
 *     written must ask for that
 * @param sharedConnections connections on which the commands of all threads travel at once, 1 or more; by
 *     default 2, so that two event loops write at once, while Redis, which executes on one thread, gains
 *     little from more
 * @param minConnections exclusive connections that are kept even if idle, 0 to {@code maxConnections}; by
 *     default 0, because who never borrows should not hold any of the server's connections
 * @param maxConnections exclusive connections at most, 1 or more; by default 16, because only blocking
 *     commands and transactions need them, and a hundred processes with as many stay far from the 10,000
 *     clients that Redis lets in
 * @param maxWaiters borrowers that may wait at once while all exclusive connections are out, 0 or more, 0:
 *     nobody waits; by default 1000, as many as 16 connections serve within {@code borrowTimeout} if each is
 *     held for 16 milliseconds, so that more would mostly wait in vain
 * @param maxInFlight commands that may await their answers on one shared connection, 1 or more; by default
 *     65,536, more than any number of waiting threads, and few enough that a loop that sends without waiting
 *     fails before memory does
 * @param borrowTimeout how long a borrower waits at most for an exclusive connection, 1 millisecond to 24
 *     days; by default 1 second, the limit after which a user thinks that something is broken, and an error
 *     tells more than a longer wait
 * @param connectTimeout how long opening a connection may take, 1 millisecond to 24 days; by default 2
 *     seconds, so that one lost SYN, which TCP sends again after one second, does not fail it
 * @param commandTimeout how long an answer may take, 1 millisecond to 24 days; by default 1 second, far more
 *     than an ordinary command takes, and little enough for a server that does not answer to be noticed
 * @param maxLifetime the age at which an exclusive connection is no longer lent but replaced, looked at
 *     each half second, 1 millisecond to 24 days; by default 30 minutes, so that connections follow changed names, certificates and balancers
 *     within the hour, for an opening that nobody notices
 * @param idleTimeout how long an exclusive connection above {@code minConnections} may lie unused before it
 *     is closed, 1 millisecond to 24 days; by default 5 minutes, so that a pool shrinks between rushes and
 *     not within one
 * @param reconnectMin how long the first attempt to reconnect waits, 1 millisecond to {@code reconnectMax};
 *     by default 20 milliseconds, so that a short break goes unnoticed
 * @param reconnectMax how long an attempt to reconnect waits at most, {@code reconnectMin} to 24 days; by
 *     default 5 seconds, so that a server that comes back is not run over by all its clients, and is in use
 *     again within seconds
 * @param leakAfter how long an exclusive connection may be out until it counts as leaked and its borrower is
 *     named, 1 millisecond to 24 days, or null: never; by default null, because to name who borrowed costs a
 *     stack trace for each borrowing
 */
public record RedisConfig(
    RedisServers servers,
    @Nullable String username,
    @Nullable String password,
    @Nullable String sentinelUsername,
    @Nullable String sentinelPassword,
    int database,
    @Nullable Tls tls,
    @Nullable String clientName,
    Protocol protocol,
    ReadFrom readFrom,
    int sharedConnections,
    int minConnections,
    int maxConnections,
    int maxWaiters,
    int maxInFlight,
    Duration borrowTimeout,
    Duration connectTimeout,
    Duration commandTimeout,
    Duration maxLifetime,
    Duration idleTimeout,
    Duration reconnectMin,
    Duration reconnectMax,
    @Nullable Duration leakAfter) {
  /** The version of the Redis protocol. */
  public enum Protocol {
    /** All servers speak it. */
    RESP2,
    /** Servers from Redis 6 on speak it. */
    RESP3
  }

  /** Where the shared connections send commands that only read. */
  public enum ReadFrom {
    /** Only to the master. */
    MASTER,
    /** To the master, or to a replica while there is no master. */
    MASTER_PREFERRED,
    /** Only to replicas. */
    REPLICA,
    /** To replicas, or to the master while there is no replica. */
    REPLICA_PREFERRED,
    /** To any of them. */
    ANY
  }

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(24);

  public RedisConfig {
    requireNonNull(servers, "servers");
    requireNonNull(protocol, "protocol");
    requireNonNull(readFrom, "readFrom");
    refuseWrongLogin("username", username, "password", password);
    refuseWrongLogin("sentinelUsername", sentinelUsername, "sentinelPassword", sentinelPassword);
    if (!(servers instanceof RedisServers.Sentinel) && sentinelPassword != null) {
      throw new IllegalArgumentException(
          "sentinelUsername and sentinelPassword must be null without sentinels, servers was "
              + servers.getClass().getSimpleName());
    }
    refuseBelow(0, "database", database);
    if (servers instanceof RedisServers.Cluster && database != 0) {
      throw new IllegalArgumentException(
          "database must be 0 in a cluster, which has no other, was " + database);
    }
    if (servers instanceof RedisServers.UnixSocket && tls != null) {
      throw new IllegalArgumentException(
          "tls must be null over a Unix socket, which never leaves the machine, was " + tls);
    }
    if (clientName != null) {
      if (clientName.isEmpty()) {
        throw new IllegalArgumentException(
            "clientName must not be empty, null means none, was \"\"");
      }
      Characters.refuseNotPrintable("clientName", clientName);
    }
    if (servers instanceof RedisServers.UnixSocket && readFrom != ReadFrom.MASTER) {
      throw new IllegalArgumentException(
          "readFrom must be MASTER over a Unix socket, since replicas are found by host and port, was "
              + readFrom);
    }
    refuseBelow(1, "sharedConnections", sharedConnections);
    refuseBelow(0, "minConnections", minConnections);
    refuseBelow(1, "maxConnections", maxConnections);
    if (minConnections > maxConnections) {
      throw new IllegalArgumentException("minConnections must be at most maxConnections, was "
          + minConnections
          + " with maxConnections "
          + maxConnections);
    }
    refuseBelow(0, "maxWaiters", maxWaiters);
    refuseBelow(1, "maxInFlight", maxInFlight);
    refuseOutOfRange("borrowTimeout", borrowTimeout);
    refuseOutOfRange("connectTimeout", connectTimeout);
    refuseOutOfRange("commandTimeout", commandTimeout);
    refuseOutOfRange("maxLifetime", maxLifetime);
    refuseOutOfRange("idleTimeout", idleTimeout);
    refuseOutOfRange("reconnectMin", reconnectMin);
    refuseOutOfRange("reconnectMax", reconnectMax);
    if (reconnectMin.compareTo(reconnectMax) > 0) {
      throw new IllegalArgumentException("reconnectMin must be at most reconnectMax, was "
          + reconnectMin + " with reconnectMax " + reconnectMax);
    }
    if (leakAfter != null) {
      refuseOutOfRange("leakAfter", leakAfter);
    }
  }

  private static void refuseWrongLogin(
      String userComponent,
      @Nullable String user,
      String passwordComponent,
      @Nullable String password) {
    if (password != null && password.isEmpty()) {
      throw new IllegalArgumentException(passwordComponent + " must not be empty, null means none");
    }
    if (user == null) {
      return;
    }
    if (user.isEmpty()) {
      throw new IllegalArgumentException(
          userComponent + " must not be empty, null means the user \"default\", was \"\"");
    }
    Characters.refuseSpace(userComponent, user);
    if (password == null) {
      // Without the value: it may be a password in the wrong place.
      throw new IllegalArgumentException(
          userComponent + " must come together with " + passwordComponent + ", which was null");
    }
  }

  private static void refuseBelow(int least, String component, int value) {
    if (value < least) {
      throw new IllegalArgumentException(
          component + " must be at least " + least + ", was " + value);
    }
  }

  private static void refuseOutOfRange(String component, Duration value) {
    if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          component + " must be 1 millisecond to 24 days, was " + value);
    }
  }

  /** For these servers, without authentication and TLS, and with the defaults named above. */
  public static RedisConfig of(RedisServers servers) {
    return new Draft(servers).toConfig();
  }

  /**
   * Reads a URI. Its forms are
   *
   * <ul>
   *   <li>{@code redis://[[user]:password@]host[:port][/database][?options]}, and {@code rediss://…} with TLS
   *   <li>{@code redis-socket://[[user]:password@]/path/of/socket[?options]}
   *   <li>{@code redis-sentinel://[[user]:password@]host[:port][,host[:port]…][/database]?master=name[&options]},
   *       and {@code rediss-sentinel://…} with TLS; hosts and ports are those of the sentinels, user and
   *       password those of the servers
   *   <li>{@code redis-cluster://[[user]:password@]host[:port][,host[:port]…][?options]}, and
   *       {@code rediss-cluster://…} with TLS
   * </ul>
   *
   * <p>The port is 6379 unless given, a sentinel's 26379. IPv6 addresses stand in brackets. Options are
   * separated by {@code &} and named as this record's components, such as
   * {@code readFrom=replica-preferred&maxConnections=32&borrowTimeout=250ms}. Constants are written in lower
   * case with {@code -}; durations are whole numbers of {@code ms}, {@code s}, {@code m} or {@code h};
   * {@code leakAfter} may be {@code off}. {@code database} may be an option instead of a path. With TLS there
   * are also {@code tlsVerify} ({@code full}, {@code signature} or {@code none}), {@code tlsTrusted},
   * {@code tlsCertificate} and {@code tlsPrivateKey}, the files of {@link Tls}.
   *
   * <p>User, password, path and the values of options are percent-decoded as UTF-8; {@code +} is a plus. What
   * is not printable ASCII must be encoded, and so must {@code @ / ? # %} in a user or password, {@code :} in
   * a user, {@code @ ? # %} in a path, and {@code @ ? # % & =} in a value.
   *
   * @throws IllegalArgumentException if anything in it is wrong, unknown or given twice; the message names
   *     the part and the rule, and never holds a password, so it leaves out values that may be part of one
   */
  public static RedisConfig parse(String uri) {
    return RedisUri.parse(uri);
  }

  /** The same with {@code servers} changed. */
  public RedisConfig withServers(RedisServers changed) {
    return with(draft -> draft.servers = changed);
  }

  /** The same with {@code username} changed; null: Redis' user {@code default}. */
  public RedisConfig withUsername(@Nullable String changed) {
    return with(draft -> draft.username = changed);
  }

  /** The same with {@code password} changed; null: none. */
  public RedisConfig withPassword(@Nullable String changed) {
    return with(draft -> draft.password = changed);
  }

  /** The same with {@code sentinelUsername} changed; null: the sentinels' user {@code default}. */
  public RedisConfig withSentinelUsername(@Nullable String changed) {
    return with(draft -> draft.sentinelUsername = changed);
  }

  /** The same with {@code sentinelPassword} changed; null: none. */
  public RedisConfig withSentinelPassword(@Nullable String changed) {
    return with(draft -> draft.sentinelPassword = changed);
  }

  /** The same with {@code database} changed. */
  public RedisConfig withDatabase(int changed) {
    return with(draft -> draft.database = changed);
  }

  /** The same with {@code tls} changed; null: not encrypted. */
  public RedisConfig withTls(@Nullable Tls changed) {
    return with(draft -> draft.tls = changed);
  }

  /** The same with {@code clientName} changed; null: none. */
  public RedisConfig withClientName(@Nullable String changed) {
    return with(draft -> draft.clientName = changed);
  }

  /** The same with {@code protocol} changed. */
  public RedisConfig withProtocol(Protocol changed) {
    return with(draft -> draft.protocol = changed);
  }

  /** The same with {@code readFrom} changed. */
  public RedisConfig withReadFrom(ReadFrom changed) {
    return with(draft -> draft.readFrom = changed);
  }

  /** The same with {@code sharedConnections} changed. */
  public RedisConfig withSharedConnections(int changed) {
    return with(draft -> draft.sharedConnections = changed);
  }

  /** The same with {@code minConnections} changed. */
  public RedisConfig withMinConnections(int changed) {
    return with(draft -> draft.minConnections = changed);
  }

  /** The same with {@code maxConnections} changed. */
  public RedisConfig withMaxConnections(int changed) {
    return with(draft -> draft.maxConnections = changed);
  }

  /** The same with {@code maxWaiters} changed. */
  public RedisConfig withMaxWaiters(int changed) {
    return with(draft -> draft.maxWaiters = changed);
  }

  /** The same with {@code maxInFlight} changed. */
  public RedisConfig withMaxInFlight(int changed) {
    return with(draft -> draft.maxInFlight = changed);
  }

  /** The same with {@code borrowTimeout} changed. */
  public RedisConfig withBorrowTimeout(Duration changed) {
    return with(draft -> draft.borrowTimeout = changed);
  }

  /** The same with {@code connectTimeout} changed. */
  public RedisConfig withConnectTimeout(Duration changed) {
    return with(draft -> draft.connectTimeout = changed);
  }

  /** The same with {@code commandTimeout} changed. */
  public RedisConfig withCommandTimeout(Duration changed) {
    return with(draft -> draft.commandTimeout = changed);
  }

  /** The same with {@code maxLifetime} changed. */
  public RedisConfig withMaxLifetime(Duration changed) {
    return with(draft -> draft.maxLifetime = changed);
  }

  /** The same with {@code idleTimeout} changed. */
  public RedisConfig withIdleTimeout(Duration changed) {
    return with(draft -> draft.idleTimeout = changed);
  }

  /** The same with {@code reconnectMin} changed. */
  public RedisConfig withReconnectMin(Duration changed) {
    return with(draft -> draft.reconnectMin = changed);
  }

  /** The same with {@code reconnectMax} changed. */
  public RedisConfig withReconnectMax(Duration changed) {
    return with(draft -> draft.reconnectMax = changed);
  }

  /** The same with {@code leakAfter} changed; null: nobody is told. */
  public RedisConfig withLeakAfter(@Nullable Duration changed) {
    return with(draft -> draft.leakAfter = changed);
  }

  private RedisConfig with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.toConfig();
  }

  /** All components and their values, but of passwords only whether there are any. */
  @Override
  public String toString() {
    return "RedisConfig[" + "servers=" + servers
        + ", username=" + username
        + ", password=" + masked(password)
        + ", sentinelUsername=" + sentinelUsername
        + ", sentinelPassword=" + masked(sentinelPassword)
        + ", database=" + database
        + ", tls=" + tls
        + ", clientName=" + clientName
        + ", protocol=" + protocol
        + ", readFrom=" + readFrom
        + ", sharedConnections=" + sharedConnections
        + ", minConnections=" + minConnections
        + ", maxConnections=" + maxConnections
        + ", maxWaiters=" + maxWaiters
        + ", maxInFlight=" + maxInFlight
        + ", borrowTimeout=" + borrowTimeout
        + ", connectTimeout=" + connectTimeout
        + ", commandTimeout=" + commandTimeout
        + ", maxLifetime=" + maxLifetime
        + ", idleTimeout=" + idleTimeout
        + ", reconnectMin=" + reconnectMin
        + ", reconnectMax=" + reconnectMax
        + ", leakAfter=" + leakAfter + "]";
  }

  private static String masked(@Nullable String password) {
    return password == null ? "null" : "***";
  }

  /** The components while they may still change: what parsing and the methods that change one start from. */
  static final class Draft {
    RedisServers servers;

    @Nullable
    String username;

    @Nullable
    String password;

    @Nullable
    String sentinelUsername;

    @Nullable
    String sentinelPassword;

    int database;

    @Nullable
    Tls tls;

    @Nullable
    String clientName;

    Protocol protocol = Protocol.RESP3;
    ReadFrom readFrom = ReadFrom.MASTER;
    int sharedConnections = 2;
    int minConnections = 0;
    int maxConnections = 16;
    int maxWaiters = 1_000;
    int maxInFlight = 65_536;
    Duration borrowTimeout = Duration.ofSeconds(1);
    Duration connectTimeout = Duration.ofSeconds(2);
    Duration commandTimeout = Duration.ofSeconds(1);
    Duration maxLifetime = Duration.ofMinutes(30);
    Duration idleTimeout = Duration.ofMinutes(5);
    Duration reconnectMin = Duration.ofMillis(20);
    Duration reconnectMax = Duration.ofSeconds(5);

    @Nullable
    Duration leakAfter;

    /** All defaults. */
    Draft(RedisServers servers) {
      this.servers = servers;
    }

    Draft(RedisConfig config) {
      servers = config.servers;
      username = config.username;
      password = config.password;
      sentinelUsername = config.sentinelUsername;
      sentinelPassword = config.sentinelPassword;
      database = config.database;
      tls = config.tls;
      clientName = config.clientName;
      protocol = config.protocol;
      readFrom = config.readFrom;
      sharedConnections = config.sharedConnections;
      minConnections = config.minConnections;
      maxConnections = config.maxConnections;
      maxWaiters = config.maxWaiters;
      maxInFlight = config.maxInFlight;
      borrowTimeout = config.borrowTimeout;
      connectTimeout = config.connectTimeout;
      commandTimeout = config.commandTimeout;
      maxLifetime = config.maxLifetime;
      idleTimeout = config.idleTimeout;
      reconnectMin = config.reconnectMin;
      reconnectMax = config.reconnectMax;
      leakAfter = config.leakAfter;
    }

    RedisConfig toConfig() {
      return new RedisConfig(
          servers,
          username,
          password,
          sentinelUsername,
          sentinelPassword,
          database,
          tls,
          clientName,
          protocol,
          readFrom,
          sharedConnections,
          minConnections,
          maxConnections,
          maxWaiters,
          maxInFlight,
          borrowTimeout,
          connectTimeout,
          commandTimeout,
          maxLifetime,
          idleTimeout,
          reconnectMin,
          reconnectMax,
          leakAfter);
    }
  }
}
