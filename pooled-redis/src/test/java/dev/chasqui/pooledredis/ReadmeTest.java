package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import io.lettuce.core.KeyValue;
import io.lettuce.core.codec.ByteArrayCodec;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The example of README.md: compiled, run, and the same text. What follows it there: compiled and run. */
@ExtendWith(RealServers.class)
final class ReadmeTest {
  private static final Script<Long> INCREMENT =
      Script.lua("return redis.call('INCRBY', KEYS[1], ARGV[1])", Script.Returns.INTEGER);

  @Test
  @SuppressWarnings({"FutureReturnValueIgnored", "SystemOut"}) // an example
  void example_works(RealRedis server) {
    String uri = server.uri();
    // [example]
    try (PooledRedis<String, String> redis = PooledRedis.connect(RedisConfig.parse(uri))) {
      redis
          .sync()
          .set("truck:7:fps", "30"); // plain commands: over connections that all threads share
      redis.async().incr("reads").thenAccept(count -> System.out.println("read " + count));

      try (ExclusiveConnection<String, String> connection = redis.borrow()) { // one of its own
        connection.sync().multi();
        connection.sync().incrby("truck:7:km", 12);
        connection.sync().lpush("trips", "7");
        connection.sync().exec();
      }
    }
    // [/example]
    try (PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(server))) {
      assertThat(redis.sync().mget("truck:7:fps", "reads", "truck:7:km"))
          .extracting(each -> each.getValueOrElse("none"))
          .containsExactly("30", "1", "12");
      assertThat(redis.sync().llen("trips")).isEqualTo(1);
    }
  }

  @Test
  void more_works(RealRedis server) throws Exception {
    RedisConfig config = Servers.config(server);
    MeterRegistry registry = new SimpleMeterRegistry();
    OpenTelemetry openTelemetry = OpenTelemetry.noop();
    PooledRedis.builder(config)
        .codec(ByteArrayCodec.INSTANCE)
        .meters(registry)
        .spans(openTelemetry)
        .connect()
        .close();
    try (PooledRedis<String, String> redis = PooledRedis.builder(config).start()) {
      redis
          .retrying(Duration.ofSeconds(5), commands -> commands.set("key", "value"))
          .toCompletableFuture()
          .get(20, TimeUnit.SECONDS);
      assertThat(redis.multiKey().get(List.of("key", "none")).toCompletableFuture())
          .succeedsWithin(Duration.ofSeconds(20))
          .hasToString("{key=value}");
      assertThat(redis.multiKey().getSync(List.of("none", "key")))
          .containsExactly(KeyValue.empty("none"), KeyValue.just("key", "value"));
      assertThat(redis.multiKey().getSync(List.of())).isEmpty();
      assertThat(redis.run(INCREMENT, List.of("truck:7:km"), List.of("12")).toCompletableFuture())
          .succeedsWithin(Duration.ofSeconds(20))
          .isEqualTo(12L);
      assertThat(redis.health().isUp()).isTrue();
    }
  }

  @Test
  void example_isTheSameInTheReadme() throws IOException {
    String source = Files.readString(
        Path.of("src", "test", "java", "dev", "chasqui", "pooledredis", "ReadmeTest.java"));
    String example = source.substring(
        source.indexOf("    // [example]\n") + "    // [example]\n".length(),
        source.indexOf("    // [/example]"));
    assertThat(Files.readString(Path.of("README.md")))
        .contains(example.stripTrailing().stripIndent());
  }
}
