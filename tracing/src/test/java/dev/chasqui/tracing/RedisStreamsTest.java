package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Over Redis Streams with Lettuce, whose entries are maps of text. */
@ExtendWith(RealServers.class)
final class RedisStreamsTest {
  private static final String STREAM = "config.changes";

  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing(TracingConfig.DEFAULT.withCarried("change.id"));
  private final Messages changes = tracing.messages("redis", STREAM);
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;
  private final RedisCommands<String, String> redis;

  RedisStreamsTest(RedisProcess server) {
    client = RedisClient.create(server.uri());
    connection = client.connect();
    redis = connection.sync();
    redis.flushall();
  }

  @AfterEach
  void close() {
    connection.close();
    client.shutdown();
    spans.close();
  }

  @SuppressWarnings("unchecked") // an array of streams
  private List<StreamMessage<String, String>> poll(String after) {
    return changes.poll(
        () -> redis.xread(XReadArgs.Builder.block(10), StreamOffset.from(STREAM, after)),
        List::size);
  }

  @Test
  void entry_takesTheTraceAndWhatIsCarried_throughRedis() {
    assertThat(poll("0")).isEmpty();
    tracing.run(
        "click",
        () -> tracing.carry(
            "change.id",
            "c7",
            () -> changes.send(Map.of("body", "x"), fields -> redis.xadd(STREAM, fields))));
    List<StreamMessage<String, String>> came = poll("0");
    assertThat(came).hasSize(1);
    changes.process(
        came.get(0).getBody(), fields -> assertThat(fields).isEqualTo(Map.of("body", "x")));
    assertThat(spans.all())
        .extracting(SpanData::getName)
        .containsExactly(
            "send config.changes", "click", "receive config.changes", "process config.changes");
    SpanData process = spans.named("process config.changes");
    assertThat(process.getTraceId()).isEqualTo(spans.named("click").getTraceId());
    assertThat(process.getAttributes().asMap().toString()).contains("c7");
  }

  @Test
  void batch_ofManySenders_isOneSpan() {
    for (int i = 0; i < 5; i++) {
      changes.send(Map.of("n", Integer.toString(i)), fields -> redis.xadd(STREAM, fields));
    }
    List<StreamMessage<String, String>> came = poll("0");
    changes.processAll(came, StreamMessage::getBody, () -> assertThat(came).hasSize(5));
    assertThat(spans.named("process config.changes").getLinks()).hasSize(5);
  }
}
