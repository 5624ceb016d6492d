package dev.chasqui.tracing;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The examples of README.md: compiled, run, and the same text. */
final class ReadmeTest {
  private record Price(int cents) {}

  private record Rates(String text) {}

  /** What the examples use. */
  private static final class Shop {
    Price price(List<String> basket) throws IOException {
      if (basket.isEmpty()) {
        throw new IOException("an empty basket");
      }
      return new Price(basket.size());
    }

    long take(String sku) {
      return sku.length();
    }

    CompletableFuture<Rates> load(long order) {
      return CompletableFuture.completedFuture(new Rates("of " + order));
    }
  }

  @Test
  void example_works() throws IOException {
    Shop engine = new Shop();
    Shop stock = engine;
    Shop client = engine;
    List<String> basket = List.of("A-1");
    String sku = "A-1";
    // [example]
    Tracing tracing = Tracing.of("com.acme.checkout"); // finds the SDK or the agent, now or later

    Price price = tracing.call("price basket", () -> engine.price(basket)); // throws what it throws

    tracing.step("reserve stock").set("sku", sku).run(step -> step.set("left", stock.take(sku)));

    Trace.field("order.id", 17); // on the current span, from anywhere

    CompletableFuture<Rates> rates = tracing.async("load rates", () -> client.load(17));
    CompletableFuture<String> text = rates.thenApply(Trace.keep(Rates::text)); // keeps the trace

    ExecutorService pool = Trace.threads(Executors.newFixedThreadPool(8)); // so do its tasks
    // [/example]
    assertThat(price.cents()).isEqualTo(1);
    assertThat(text).isCompletedWithValue("of 17");
    pool.shutdownNow();
  }

  /** Stands for Lettuce's commands, which RedisStreamsTest uses. */
  private interface Redis {
    String xadd(String stream, Map<String, String> fields);
  }

  @Test
  @SuppressWarnings("FutureReturnValueIgnored") // an example
  void losses_work() {
    ExecutorService pool = Executors.newFixedThreadPool(1);
    ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);
    Runnable task = () -> {};
    Function<String, String> body = each -> each;
    CompletableFuture<String> future = CompletableFuture.completedFuture("");
    Tracing tracing = Tracing.of("test", OpenTelemetry.noop());
    Messages changes = tracing.messages("redis", "config.changes");
    Redis redis = (stream, fields) -> stream;
    Map<String, String> fields = Map.of();
    // [losses]
    new Thread(task).start(); // lost
    new Thread(Trace.keep(task)).start();

    pool.submit(task); // lost, unless the pool is wrapped: once, where it is made
    Trace.threads(pool).submit(task);

    future.thenApplyAsync(body, pool); // of whoever completes it, even if the pool is wrapped
    future.thenApplyAsync(Trace.keep(body), pool);

    scheduler.scheduleAtFixedRate(task, 0, 5, SECONDS); // no trace at all
    Runnable tick = tracing.tick("sweep", task); // each time one of its own
    scheduler.scheduleAtFixedRate(tick, 0, 5, SECONDS);

    redis.xadd("config.changes", fields); // whoever reads it begins anew
    changes.send(fields, withTrace -> redis.xadd("config.changes", withTrace));
    // [/losses]
    pool.shutdownNow();
    scheduler.shutdownNow();
  }

  @Test
  void examples_areTheSameText() throws IOException {
    String page = Files.readString(Path.of("README.md"));
    assertThat(page).contains(code("example")).contains(code("losses"));
  }

  @Test
  void table_ofHandOvers_isThatOfTheTests() throws IOException {
    String rows = HandOversTest.rows()
        .map(row -> "| " + row.name() + (row.jdk() > 17 ? ", JDK " + row.jdk() : "") + " | "
            + row.plainly() + " | kept: " + row.how() + " |\n")
        .collect(Collectors.joining());
    assertThat(Files.readString(Path.of("README.md")))
        .contains("|---|---|---|\n" + rows + "\nThe five");
  }

  private static String code(String name) throws IOException {
    String source = Files.readString(Path.of("src/test/java/dev/chasqui/tracing/ReadmeTest.java"));
    String from = "// [" + name + "]\n";
    int start = source.indexOf(from) + from.length();
    String code = source.substring(start, source.indexOf("    // [/" + name + "]"));
    return "```java\n" + code.stripIndent().replaceAll("(?m)^    ", "") + "```";
  }
}
