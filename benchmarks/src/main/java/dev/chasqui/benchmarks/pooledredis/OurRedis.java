package dev.chasqui.benchmarks.pooledredis;

import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import io.lettuce.core.codec.ByteArrayCodec;
import java.net.URI;
import java.time.Duration;

/** Our connections, as they are without options but for those that the others have too. */
public final class OurRedis {
  private OurRedis() {}

  /** Opens the shared connections, and {@code exclusive} others that stay open. */
  public static PooledRedis<byte[], byte[]> connect(URI uri, int exclusive) {
    RedisConfig config = RedisConfig.parse(uri.toString())
        .withMaxConnections(Math.max(1, exclusive))
        .withMinConnections(exclusive)
        .withBorrowTimeout(Duration.ofMinutes(1)); // others wait without limit
    return PooledRedis.builder(config).codec(ByteArrayCodec.INSTANCE).connect();
  }
}
