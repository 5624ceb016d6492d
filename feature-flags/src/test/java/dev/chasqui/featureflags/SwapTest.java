package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.ImmutableContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** That who reads while documents come sees whole documents only, and none after a newer one. */
final class SwapTest {
  private static final int SWAPS = 10_000;
  private static final int READERS = 3;
  private static final int FLAGS = 4;

  /**
   * In document k all flags are k. Flag {@code all} is k as well if its prerequisites, the first and the last, are; should one
   * evaluation see two documents, it is torn, -1.
   */
  private static FlagDocument document(int k) {
    String next = "v" + (k + 1);
    StringBuilder flags = new StringBuilder();
    for (int i = 0; i < FLAGS; i++) {
      flags
          .append("\"f")
          .append(i)
          .append("\": {\"state\": \"ENABLED\", \"variants\": {\"v")
          .append(k)
          .append("\": ")
          .append(k)
          .append(", \"")
          .append(next)
          .append("\": -1}, \"defaultVariant\": \"")
          .append(i % 2 == 0 ? "v" + k : next)
          .append("\", \"targeting\": {\"if\": [{\"var\": \"on\"}, \"v")
          .append(k)
          .append("\"]}},");
    }
    flags
        .append("\"all\": {\"state\": \"ENABLED\", \"variants\": {\"whole\": ")
        .append(k)
        .append(
            ", \"torn\": -1}, \"defaultVariant\": \"torn\", \"targeting\": {\"if\": [true, \"whole\"]},")
        .append("\"x-off\": \"torn\", \"x-prerequisites\": [{\"flag\": \"f0\", \"variant\": \"v")
        .append(k)
        .append("\"}, {\"flag\": \"f3\", \"variant\": \"v")
        .append(k)
        .append("\"}]}");
    return FlagDocument.parse("{\"flags\": {" + flags + "}}").withRevision(k);
  }

  /**
   * What one reader saw.
   *
   * @param wrong what may not be, empty if there is nothing
   */
  private record History(String wrong, int documents) {}

  @Test
  void readers_duringTenThousandSwaps_seeWholeDocumentsInOrder() throws Exception {
    AtomicReference<FlagSource.Listener> listener = new AtomicReference<>();
    FlagSource source = new FlagSource() {
      @Override
      public void open(Listener opened) {
        listener.set(opened);
        opened.loaded(document(1));
      }

      @Override
      public void close() {}
    };
    FlagProvider provider = FlagProvider.builder().source(source).build();
    provider.initialize(new ImmutableContext());
    FlagContext context = FlagContext.of("u").with("on", true);
    ExecutorService readers = Executors.newFixedThreadPool(READERS);
    try {
      List<Future<History>> histories = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        Random random = new Random(i);
        histories.add(readers.submit((Callable<History>) () -> read(provider, context, random)));
      }
      for (int k = 2; k <= SWAPS; k++) {
        listener.get().loaded(document(k));
      }
      for (Future<History> reader : histories) {
        History history = reader.get(60, TimeUnit.SECONDS);
        assertThat(history.wrong()).isEmpty();
        assertThat(history.documents()).isGreaterThan(1);
      }
    } finally {
      readers.shutdownNow();
      provider.shutdown();
    }
  }

  private static History read(FlagProvider provider, FlagContext context, Random random) {
    int last = 0;
    int documents = 0;
    while (last < SWAPS) {
      FlagSet snapshot = provider.flags();
      boolean ofOneSnapshot = random.nextBoolean();
      int seen = ofOneSnapshot
          ? snapshot.evaluate(FlagType.INTEGER, "f0", -2, context).getValue()
          : provider.getIntegerEvaluation("all", -2, context).getValue();
      for (int i = 1; ofOneSnapshot && i < FLAGS; i++) {
        int other = snapshot.evaluate(FlagType.INTEGER, "f" + i, -2, context).getValue();
        if (other != seen || snapshot.document().revision() != seen) {
          return new History(
              "f0 is " + seen + " and f" + i + " is " + other + " in one snapshot", documents);
        }
      }
      if (seen < Math.max(1, last)) {
        return new History("after " + last + " came " + seen, documents);
      }
      documents += seen == last ? 0 : 1;
      last = seen;
    }
    return new History("", documents);
  }
}
