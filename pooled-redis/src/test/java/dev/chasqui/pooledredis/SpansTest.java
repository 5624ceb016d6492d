package dev.chasqui.pooledredis;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.codec.StringCodec;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A span for each command, below the caller's, without a word of what the command is about. */
@ExtendWith(RealServers.class)
final class SpansTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String KEY = "truck:7:secretkey";
  private static final String VALUE = "secretvalue";

  @RegisterExtension
  private static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

  private static PooledRedis<String, String> connect(RedisConfig config) {
    return PooledRedis.builder(config).spans(TELEMETRY.getOpenTelemetry()).connect();
  }

  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  /** All that have ended until now. If Redis answers, a span ends before its caller has the answer. */
  private static List<SpanData> spans() {
    return TELEMETRY.getSpans();
  }

  private static SpanData span(String name) {
    List<SpanData> found =
        spans().stream().filter(span -> span.getName().equals(name)).toList();
    assertThat(found).as(name).hasSize(1);
    return found.get(0);
  }

  private static <T> T below(Span parent, Supplier<T> call) {
    try (Scope scope = parent.makeCurrent()) {
      assertThat(scope).isNotNull();
      return call.get();
    } finally {
      parent.end();
    }
  }

  private static Span parent() {
    return TELEMETRY.getOpenTelemetry().getTracer("test").spanBuilder("request").startSpan();
  }

  private static void assertFailed(String name, String type) {
    assertThat(span(name).getStatus()).isEqualTo(StatusData.error());
    assertThat(span(name).getAttributes().get(stringKey("error.type"))).isEqualTo(type);
  }

  private static void assertNothingSecret() {
    assertThat(spans()).isNotEmpty().allSatisfy(span -> {
      assertThat(span.toString()).doesNotContain("secret");
      assertThat(span.getEvents()).isEmpty();
    });
  }

  @Test
  void commands_ofBothLanes_areNamedAndDescribedAlike(RedisProcess server) {
    RedisConfig config = Servers.config(server).withDatabase(3);
    Attributes described = Attributes.builder()
        .put("db.system.name", "redis")
        .put("db.namespace", "3")
        .put("server.address", "127.0.0.1")
        .put("server.port", server.port())
        .build();
    try (PooledRedis<String, String> redis = connect(config)) {
      redis.sync().set(KEY, VALUE);
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        assertThat(connection.sync().get(KEY)).isEqualTo(VALUE);
      }
      assertThat(spans()).extracting(SpanData::getName).containsExactly("SET", "GET");
      assertThat(spans()).allSatisfy(span -> {
        assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
        assertThat(span.getStatus()).isEqualTo(StatusData.unset());
        assertThat(span.getAttributes().asMap())
            .isEqualTo(described.toBuilder()
                .put("db.operation.name", span.getName())
                .build()
                .asMap());
        assertThat(span.getParentSpanContext().isValid()).isFalse();
      });
      assertNothingSecret();
    }
  }

  @Test
  void commands_belowASpan_areItsChildrenWhoeverWaits(RealRedis server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      Span parent = parent();
      CompletionStage<String> set = below(parent, () -> {
        redis.sync().incr("n");
        get(redis.reactive().get(KEY).toFuture());
        try (ExclusiveConnection<String, String> connection = redis.borrow()) {
          connection.sync().ping();
        }
        return redis.async().set(KEY, VALUE);
      });
      get(set);
      redis.sync().del(KEY);
      for (String name : List.of("INCR", "GET", "PING", "SET")) {
        assertThat(span(name).getParentSpanContext()).as(name).isEqualTo(parent.getSpanContext());
      }
      assertThat(span("DEL").getParentSpanContext().isValid()).isFalse();
    }
  }

  @Test
  void refused_byRedis_tellsItsCodeAndNotItsMessage(RealRedis server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      redis.sync().set(KEY, VALUE);
      assertThatThrownBy(() -> redis.sync().lpush(KEY, VALUE))
          .isInstanceOf(RedisCommandExecutionException.class);
      try (ExclusiveConnection<String, String> connection = redis.borrow()) {
        // Quotes both.
        assertThatThrownBy(() -> connection
                .sync()
                .eval(
                    "return redis.error_reply('ERR ' .. KEYS[1] .. ARGV[1])",
                    io.lettuce.core.ScriptOutputType.VALUE,
                    new String[] {KEY},
                    VALUE))
            .hasMessageContaining(KEY + VALUE);
      }
      assertFailed("LPUSH", "WRONGTYPE");
      assertFailed("EVAL", "ERR");
      assertThat(span("EVAL").getAttributes().get(stringKey("db.response.status_code")))
          .isEqualTo("ERR");
      assertNothingSecret();
    }
  }

  @Test
  void refused_withACodeThatIsNoneOfRedis_isOfAnotherType(RealRedis server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server))) {
      assertThatThrownBy(() -> get(redis.run(
              Script.lua("return {err = KEYS[1] .. ' ' .. ARGV[1]}", Script.Returns.value()),
              List.of(KEY),
              List.of(VALUE))))
          .hasMessageContaining(KEY);
      assertFailed("EVALSHA", "NOSCRIPT");
      assertFailed("EVAL", "_OTHER");
      assertThat(span("EVAL").getAttributes().get(stringKey("db.response.status_code")))
          .isNull();
      assertNothingSecret();
    }
  }

  @Test
  void lost_orNotSent_tellsTheClassOfItsException(RedisProcess server) {
    try (PooledRedis<String, String> redis = connect(Servers.config(server));
        ExclusiveConnection<String, String> connection = redis.borrow()) {
      CompletionStage<?> underWay = connection.async().blpop(0, KEY);
      await()
          .atMost(LONG)
          .until(() -> server.call("INFO", "clients").contains("blocked_clients:1"));
      server.kill();
      assertThatThrownBy(() -> get(underWay)).hasCauseInstanceOf(CommandLostException.class);
      await().atMost(LONG).until(() -> redis.health().shared() == 0);
      assertThatThrownBy(() -> redis.sync().set(KEY, VALUE))
          .isInstanceOf(RedisUnavailableException.class);
      await().atMost(LONG).until(() -> spans().size() == 2);
      assertFailed("BLPOP", CommandLostException.class.getName());
      assertFailed("SET", RedisUnavailableException.class.getName());
      assertThat(span("SET").getAttributes().get(longKey("server.port"))).isEqualTo(server.port());
      assertNothingSecret();
    }
  }

  @Test
  void codecs_failing_areNotQuoted(RealRedis server) {
    StringCodec strict = new StringCodec(UTF_8) {
      @Override
      public String decodeValue(ByteBuffer bytes) {
        throw new IllegalArgumentException("not a number: " + super.decodeValue(bytes));
      }
    };
    try (PooledRedis<String, String> redis = PooledRedis.builder(Servers.config(server))
        .codec(strict)
        .spans(TELEMETRY.getOpenTelemetry())
        .connect()) {
      redis.sync().set(KEY, VALUE);
      assertThatThrownBy(() -> redis.sync().get(KEY)).hasStackTraceContaining(VALUE);
      await().atMost(LONG).until(() -> spans().size() == 2);
      assertThat(span("GET").getStatus()).isEqualTo(StatusData.error());
      assertNothingSecret();
    }
  }

  @Test
  void cluster_hasNoServerKnownBeforehand() {
    // Refused before anything is sent, so that no server is needed.
    RedisConfig config = RedisConfig.of(
            new RedisServers.Cluster(Servers.addresses(List.of("127.0.0.1:1"))))
        .withCommandTimeout(Duration.ofMillis(100));
    try (PooledRedis<String, String> redis =
        PooledRedis.builder(config).spans(TELEMETRY.getOpenTelemetry()).start()) {
      assertThatThrownBy(() -> redis.sync().get(KEY)).isInstanceOf(RedisUnavailableException.class);
      await().atMost(LONG).until(() -> spans().size() == 1);
      assertThat(span("GET").getAttributes().asMap().keySet())
          .extracting(Object::toString)
          .containsExactlyInAnyOrder(
              "db.system.name", "db.namespace", "db.operation.name", "error.type");
    }
  }
}
