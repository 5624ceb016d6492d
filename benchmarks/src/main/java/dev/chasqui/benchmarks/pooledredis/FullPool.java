package dev.chasqui.benchmarks.pooledredis;

import org.apache.commons.pool2.impl.GenericObjectPoolConfig;

/** A pool of Commons Pool 2 that is full from the beginning to the end, and otherwise as it is without options. */
public final class FullPool {
  private FullPool() {}

  /** Its options: {@code size} objects; who asks while all are out waits without limit. */
  public static <T> GenericObjectPoolConfig<T> config(int size) {
    GenericObjectPoolConfig<T> config = new GenericObjectPoolConfig<>();
    config.setMaxTotal(size);
    config.setMaxIdle(size);
    config.setMinIdle(size);
    config.setJmxEnabled(false);
    return config;
  }
}
