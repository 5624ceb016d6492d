package dev.chasqui.pooledredis;

import io.lettuce.core.RedisException;
import java.util.List;
import java.util.stream.Collectors;

/** All connections are out and none came back in time, or too many wait already. The message tells who holds them. */
public final class PoolExhaustedException extends RedisException {
  private static final long serialVersionUID = 1L;
  private static final int NAMED = 20;

  /** Not serialized: an exception from another process has none. */
  private final transient List<Holder> holders;

  PoolExhaustedException(String why, List<Holder> holders) {
    super(why + described(holders), longestHeld(holders));
    this.holders = holders;
  }

  private static String described(List<Holder> holders) {
    String most = holders.stream()
        .limit(NAMED)
        .map(Holder::toString)
        .collect(Collectors.joining(", ", "; held by ", ""));
    int more = holders.size() - NAMED;
    return holders.isEmpty() ? "" : more > 0 ? most + " and " + more + " more" : most;
  }

  private static @org.jspecify.annotations.Nullable Throwable longestHeld(List<Holder> holders) {
    return holders.isEmpty() ? null : holders.get(0).borrowedAt();
  }

  /** Returns who held a connection at that moment, longest first. */
  public List<Holder> holders() {
    return holders == null ? List.of() : holders;
  }
}
