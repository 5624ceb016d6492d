package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Random documents: what is exported is what the original is. The original by ours, the export by ours and by flagd-core 4.
 *
 * <p>{@code -Dchasqui.flags.pairs=1000000} asks for as many pairs of a flag and a context in each test.
 */
final class FlagdExportPropertyTest {
  private static final int PAIRS = Integer.getInteger("chasqui.flags.pairs", 5_000);
  private static final long SEED = Long.getLong("chasqui.flags.seed", 20_261_128L);
  private static final int FLAGS = 8;
  private static final int CONTEXTS = 25;

  private static List<NodeWitness.At> contexts(RandomFlags random, boolean wild) {
    return IntStream.range(0, CONTEXTS)
        .mapToObj(i -> new NodeWitness.At(random.time(), random.attributes(wild)))
        .toList();
  }

  private static FlagEvaluation evaluation(FlagSet set, String key, NodeWitness.At at) {
    return set.evaluate(key, RandomFlags.context(at.attributes()), Instant.ofEpochSecond(at.now()));
  }

  private static String said(FlagEvaluation evaluation) {
    return evaluation.variant() + " " + evaluation.errorCode();
  }

  @Test
  void export_randomFlags_haveTheSameVariants(TestReporter reporter) {
    RandomFlags random = new RandomFlags(SEED);
    int compared = 0;
    int refused = 0;
    for (int documents = 0; compared < PAIRS; documents++) {
      boolean wild = documents % 2 == 0;
      FlagDocument document = FlagDocument.of(random.document(FLAGS, wild), 7);
      Bucketing readers = List.of(Bucketing.V1, Bucketing.V2, Bucketing.V3)
          .get(documents % 5 < 3 ? 1 : documents % 3);
      FlagdExport.Builder builder = FlagdExport.builder().bucketing(readers);
      FlagdExport.Exported exported =
          (documents % 3 == 0 ? builder.keepExtensions() : builder).build().export(document);
      FlagSet original = FlagSet.of(document);
      FlagSet lowered = FlagSet.of(exported.document());
      assertThat(original.problems()).isEmpty();
      assertThat(lowered.problems()).isEmpty();
      assertThat(exported.document().keys().size() + exported.refusals().size()).isEqualTo(FLAGS);
      refused += exported.refusals().size();
      List<NodeWitness.At> contexts = contexts(random, wild);
      for (String key : exported.document().keys()) {
        for (NodeWitness.At at : contexts) {
          compared++;
          String now = said(evaluation(lowered, key, at));
          String before = said(evaluation(original, key, at));
          assertThat(now)
              .as(() -> key + " of " + document.toJson() + "\n  as "
                  + exported.document().toJson() + "\n  for " + at)
              .isEqualTo(before);
        }
      }
    }
    assertThat(refused).isPositive();
    reporter.publishEntry("lowered compared: " + compared + ", refused flags: " + refused);
  }

  @Test
  void export_randomFlags_areWhatTheOriginalsAreToFlagd(TestReporter reporter) {
    RandomFlags random = new RandomFlags(SEED + 2);
    List<String> differences = new ArrayList<>();
    int compared = 0;
    int pairs = 0;
    try (NodeWitness witness = NodeWitness.start()) {
      while (pairs < PAIRS) {
        FlagDocument document = FlagDocument.of(random.document(FLAGS, false), 7);
        FlagDocument exported = FlagdExport.builder().build().export(document).document();
        FlagSet original = FlagSet.of(document);
        List<NodeWitness.At> contexts = contexts(random, false);
        Map<String, List<NodeWitness.FlagAnswer>> answers = witness.flags(exported, contexts);
        for (String key : exported.keys()) {
          for (int i = 0; i < contexts.size(); i++) {
            pairs++;
            NodeWitness.FlagAnswer theirs =
                Objects.requireNonNull(answers.get(key)).get(i);
            if (!theirs.touched().isEmpty()) {
              continue;
            }
            compared++;
            String ours = said(evaluation(original, key, contexts.get(i)));
            String said = theirs.variant() + " " + theirs.errorCode();
            if (!ours.equals(said)) {
              differences.add(key + " of " + document.toJson() + "\n  as " + exported.flag(key)
                  + "\n  for " + contexts.get(i) + ": ours " + ours + ", theirs " + said);
            }
          }
        }
        assertThat(differences.stream().limit(3)).isEmpty();
      }
    }
    reporter.publishEntry("lowered compared with flagd: " + compared + " of " + pairs);
    assertThat(compared).isGreaterThan(pairs / 2);
  }
}
