package dev.chasqui.pooledredis;

/** Spoils a connection under load, and may look at what comes of it. */
@FunctionalInterface
interface Fault {
  void happen(CheckedLoad load, PooledRedis<String, String> redis) throws Exception;
}
