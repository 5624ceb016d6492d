package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.chasqui.featureflags.BucketingMigration.Move;
import dev.chasqui.featureflags.BucketingMigration.Shift;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

final class BucketingMigrationTest {
  private static final Instant NOW = Instant.ofEpochSecond(RandomFlags.NOW);
  private static final BucketingMigration MIGRATION = BucketingMigration.at(NOW);
  private static final String HALF = "{'fractional': [['on', 50], ['off', 50]]}";
  private static final String OVER = "{'fractional': [['on', 100], ['off', 0]]}";

  /** Apostrophes stand for quotes. */
  private static FlagDocument document(String flags, String more) {
    return FlagDocument.parse(("{'flags': {" + flags + "}" + more + "}").replace('\'', '"'));
  }

  private static String flag(String key, String more) {
    return "'" + key
        + "': {'state': 'ENABLED', 'variants': {'on': true, 'off': false}, 'defaultVariant': 'off', "
        + more + "}";
  }

  private static @Nullable String pin(FlagDocument document, String key) {
    JsonNode bucketing =
        Objects.requireNonNull(document.flag(key)).path("metadata").get("bucketing");
    return bucketing == null ? null : bucketing.stringValue();
  }

  private static List<EvaluationContext> users(int count) {
    return IntStream.range(0, count)
        .<EvaluationContext>mapToObj(i -> new ImmutableContext("user-" + i))
        .toList();
  }

  @Test
  void shifts_ofHalves_areExact_betweenRevisionsOfOneHash() {
    FlagDocument document =
        document(flag("f", "'targeting': {'if': [{'var': 'a'}, " + HALF + "]}"), "");
    Shift shift = MIGRATION.shifts(document, Bucketing.V1).get(0);
    assertThat(shift.flag()).isEqualTo("f");
    assertThat(shift.pointer()).isEqualTo("/flags/f/targeting/if/1/fractional");
    assertThat(shift.from()).isEqualTo(Bucketing.V2);
    assertThat(shift.isExact()).isTrue();
    assertThat(shift.share().orElseThrow()).isEqualTo(0.5, within(1e-8));
  }

  @Test
  void shifts_toAnotherHash_areWhatIsToBeExpected() {
    FlagDocument document =
        document(flag("f", "'targeting': {'fractional': [['on', 90], ['off', 10]]}"), "");
    Shift shift = MIGRATION.shifts(document, Bucketing.V3).get(0);
    assertThat(shift.isExact()).isFalse();
    assertThat(shift.share().orElseThrow()).isEqualTo(1 - 0.9 * 0.9 - 0.1 * 0.1, within(1e-8));
    List<Move> moves = MIGRATION.moves(document, Bucketing.V3, users(20_000));
    assertThat(moves.size() / 20_000.0).isEqualTo(0.18, within(0.015));
    assertThat(moves)
        .allSatisfy(move -> assertThat(move.before()).isNotEqualTo(move.after()).isNotNull());
  }

  @Test
  void shifts_ofASplitThatIsOver_areThreeHashes_whichRevision1PutsNowhere() {
    FlagDocument document =
        document(flag("f", "'targeting': " + OVER), ", 'metadata': {'bucketing': 'v1'}");
    assertThat(MIGRATION.shifts(document, Bucketing.V2))
        .singleElement()
        .satisfies(shift -> assertThat(shift.share().orElseThrow()).isEqualTo(3 / 0x1p32));
    assertThat(MIGRATION.shifts(document("", ""), Bucketing.V1)).isEmpty();
  }

  @Test
  void shifts_ofWeightsThatAreWorkedOut_areNotKnown() {
    FlagDocument document = document(
        flag("f", "'targeting': {'fractional': [['on', {'var': 'weight'}], ['off', 5]]}"), "");
    assertThat(MIGRATION.shifts(document, Bucketing.V1).get(0).share()).isEmpty();
  }

  @Test
  void shifts_ofAConstantKey_areAllOrNobody() {
    FlagDocument document = document(
        IntStream.range(0, 40)
            .mapToObj(i -> flag(
                "f" + i, "'targeting': {'fractional': ['k" + i + "', ['on', 50], ['off', 50]]}"))
            .collect(java.util.stream.Collectors.joining(",")),
        "");
    assertThat(MIGRATION.shifts(document, Bucketing.V3)).hasSizeBetween(8, 32).allSatisfy(shift -> {
      assertThat(shift.share().orElseThrow()).isEqualTo(1);
      assertThat(shift.isExact()).isTrue();
      assertThat(MIGRATION.moves(document, Bucketing.V3, users(1)))
          .extracting(Move::flag)
          .contains(shift.flag());
    });
  }

  @ParameterizedTest
  @EnumSource(Bucketing.class)
  void shares_areWhatSamplesOfAllHashesSay(Bucketing from) {
    Random random = new Random(7);
    for (int n = 0; n < 30; n++) {
      Object[] shares = new Object[1 + random.nextInt(4)];
      for (int i = 0; i < shares.length; i++) {
        double weight = random.nextInt(4) == 0 ? random.nextInt(500_000_000) : random.nextInt(5);
        shares[i] = List.<Object>of(random.nextInt(3), weight + (i == 0 ? 1 : 0));
      }
      Split split = Objects.requireNonNull(Split.of(shares, 0));
      Bucketing to = from == Bucketing.V1 ? Bucketing.V2 : Bucketing.V1;
      int differing = 0;
      int samples = 0;
      for (long hash = 0; hash < 1L << 32; hash += 65_537) {
        samples++;
        if (!Objects.equals(
            HashSpace.result(split, from, (int) hash), HashSpace.result(split, to, (int) hash))) {
          differing++;
        }
      }
      assertThat(HashSpace.exactShift(split, from, to))
          .isEqualTo((double) differing / samples, within(2e-4));
      assertThat(HashSpace.exactShift(split, to, from))
          .isEqualTo(HashSpace.exactShift(split, from, to));
    }
  }

  @Test
  void pinned_keepsFlagsThatSplit_andLetsOthersFollow() {
    FlagDocument document = document(
        String.join(
            ",",
            flag("splits", "'targeting': {'if': [true, {'$ref': 'half'}]}"),
            flag("over", "'targeting': " + OVER),
            flag("plain", "'targeting': {'if': [{'var': 'a'}, 'on']}"),
            flag("own", "'metadata': {'bucketing': 'v3', 'team': 'x'}, 'targeting': " + HALF),
            flag("killed", "'x-killed': true, 'metadata': {'team': 'x'}, 'targeting': " + HALF),
            flag("wrong", "'targeting': {'nope': 1}"),
            flag("needsPlain", "'x-prerequisites': [{'flag': 'splits', 'variant': 'on'}]")),
        ", '$evaluators': {'half': " + HALF
            + "}, 'metadata': {'bucketing': 'v1', 'team': 'y'}, 'also': 1");
    FlagDocument pinned = MIGRATION.pinned(document.withRevision(9), Bucketing.V2);

    assertThat(pinned.revision()).isEqualTo(9);
    assertThat(pinned.metadata().toString()).isEqualTo("{\"bucketing\":\"v2\",\"team\":\"y\"}");
    assertThat(pin(pinned, "splits")).isEqualTo("v1");
    assertThat(pin(pinned, "over")).isNull();
    assertThat(pin(pinned, "plain")).isNull();
    assertThat(pin(pinned, "own")).isEqualTo("v3");
    assertThat(pin(pinned, "killed")).isEqualTo("v1");
    assertThat(pin(pinned, "wrong")).isEqualTo("v1");
    assertThat(pin(pinned, "needsPlain")).isNull();
    assertThat(pinned.toJson()).contains("\"also\":1", "$evaluators");
  }

  @Test
  void pinned_keepsKeysThatMayBeNoText_whereRevision3WouldTakeThem() {
    FlagDocument document = document(
        flag("f", "'targeting': {'fractional': [{'var': 'n'}, ['on', 1]]}") + ","
            + flag("g", "'targeting': {'fractional': [{'cat': ['n', {'var': 'n'}]}, ['on', 1]]}"),
        "");
    FlagDocument pinned = MIGRATION.pinned(document, Bucketing.V3);
    assertThat(pin(pinned, "f")).isEqualTo("v2");
    assertThat(pin(pinned, "g")).isNull();
    assertThat(pin(MIGRATION.pinned(document, Bucketing.V1), "f")).isNull();
  }

  @Test
  void released_letsGoOfRampsThatHaveEnded_andOfWhatSchedulesHaveLeftBehind() {
    String ramp = "'x-schedule': [{'at': '2026-01-01T00:00:00Z', 'until': '2026-01-02T00:00:00Z',"
        + " 'ramp': 'on', 'from': 0, 'to': %d, 'else': 'off'}], 'targeting': " + HALF;
    FlagDocument document = document(
        flag("all", String.format(ramp, 100)) + "," + flag("most", String.format(ramp, 80)), "");
    BucketingMigration during = BucketingMigration.at(Instant.parse("2026-01-01T12:00:00Z"));
    BucketingMigration after = BucketingMigration.at(Instant.parse("2026-01-02T00:00:00Z"));

    FlagDocument pinned = during.pinned(document, Bucketing.V3);
    assertThat(pin(pinned, "all")).isEqualTo("v2");
    assertThat(during.released(pinned)).isSameAs(pinned);
    FlagDocument released = after.released(pinned);
    assertThat(pin(released, "all")).isNull();
    assertThat(Objects.requireNonNull(released.flag("all")).has("metadata")).isFalse();
    assertThat(pin(released, "most")).isEqualTo("v2");
    assertThat(during.shifts(document, Bucketing.V3).get(0).share().orElseThrow())
        .isEqualTo(0.5, within(1e-8)); // half of the way
  }

  @Test
  void migration_ofRandomDocuments_movesNobody() {
    RandomFlags random = new RandomFlags(20_261_128);
    int moves = 0;
    for (int n = 0; n < 100; n++) {
      FlagDocument document = FlagDocument.of(random.document(8, n % 2 == 0), 0);
      Bucketing to = List.of(Bucketing.V1, Bucketing.V2, Bucketing.V3).get(n % 3);
      FlagDocument pinned = MIGRATION.pinned(document, to);
      BucketingMigration later = BucketingMigration.at(NOW.plusSeconds(60));
      FlagDocument released = later.released(pinned);
      List<EvaluationContext> contexts = IntStream.range(0, 40)
          .mapToObj(i -> RandomFlags.context(random.attributes(false)))
          .toList();
      moves += MIGRATION.moves(document, to, contexts).size();
      assertSame(document, pinned, contexts, 0);
      assertSame(pinned, released, contexts, 60);
    }
    assertThat(moves).isGreaterThan(100); // without pins they do
  }

  private static void assertSame(
      FlagDocument before, FlagDocument after, List<EvaluationContext> contexts, int from) {
    FlagSet one = FlagSet.of(before);
    FlagSet other = FlagSet.of(after);
    assertThat(other.problems()).isEmpty();
    for (String key : before.keys()) {
      for (EvaluationContext context : contexts) {
        for (int seconds = from; seconds < from + 300; seconds += 50) {
          Instant at = NOW.plusSeconds(seconds);
          assertThat(other.evaluate(key, context, at).variant())
              .as(() -> key + " of " + before.toJson() + "\n  as " + after.toJson() + "\n  for "
                  + context.asMap() + " at " + at)
              .isEqualTo(one.evaluate(key, context, at).variant());
        }
      }
    }
  }
}
