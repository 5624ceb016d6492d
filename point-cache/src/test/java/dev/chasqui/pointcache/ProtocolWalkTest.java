package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pointcache.ProtocolModel.Environment;
import dev.chasqui.pointcache.ProtocolModel.Rule;
import dev.chasqui.pointcache.ProtocolModel.Subject;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Goes through all that can happen to one key, see {@link ProtocolModel}, under each protocol and with each fault. So the
 * protocol of SPEC.md is compared with those that others use, and each of its rules is shown to be needed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProtocolWalkTest {
  /** What the worst is that can happen. */
  enum Verdict {
    /** There is no state in which a hit differs from what a new snapshot of the primary shows. */
    NEVER,
    /** There is one, but none in which all have finished. */
    WINDOW,
    /** There is one in which all have finished: a wrong value is served until it expires. */
    STAYS
  }

  /** What others do, or might. */
  private static final String OTHERS = """
      # protocol                    |no fault|w. crash|foreign |replica |evicted |f. early| ahead  |all
      TTL_ONLY                      | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      SET_AFTER_COMMIT              | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      DELETE_BEFORE_COMMIT          | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      DELETE_AFTER_COMMIT           | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      DELETE_BOTH                   | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      CAPTURE_DELETES               | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      LEASE_AND_DELETE_AFTER_COMMIT | WINDOW | STAYS  | STAYS  | STAYS  | WINDOW | WINDOW | STAYS  | STAYS
      LEASE_AND_CAPTURE_DELETES     | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      FENCES_WITHOUT_TOKEN          | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      """;

  /** What we do: the last, or less of it where no change capture is, or no writer that fences. */
  private static final String FENCES = """
      # protocol                    |no fault|w. crash|foreign |replica |evicted |f. early| ahead  |all
      WRITERS_FENCE                 | NEVER  | NEVER  | STAYS  | NEVER  | STAYS  | STAYS  | NEVER  | STAYS
      CAPTURE_FENCES                | WINDOW | WINDOW | WINDOW | WINDOW | STAYS  | STAYS  | WINDOW | STAYS
      BOTH_FENCE                    | NEVER  | NEVER  | WINDOW | NEVER  | STAYS  | STAYS  | NEVER  | STAYS
      BOTH_FENCE_CAPTURE_TWICE      | NEVER  | NEVER  | WINDOW | NEVER  | WINDOW | WINDOW | NEVER  | WINDOW
      """;

  /** What becomes of the last protocol when one rule is removed; nothing is written where it stays as it was. */
  private static final String WITHOUT = """
      # rule                        |no fault|w. crash|foreign |replica |evicted |f. early| ahead  |all
      LEASES                        | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      LEASE_BEFORE_READ             | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      TOKEN_TO_FILL                 | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      TOKENS_DIFFER                 | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      NO_FILL_OF_OWN_WRITES         | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      SNAPSHOT_HAS_SEEN_FENCES      | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      FENCES_ADD_UP                 | WINDOW | WINDOW |        | WINDOW |        |        | WINDOW |
      WRITERS_FENCE                 | WINDOW | WINDOW |        | WINDOW |        |        | WINDOW |
      CAPTURE_FENCES                |        |        | STAYS  |        | STAYS  | STAYS  |        | STAYS
      CAPTURE_FENCES_AGAIN          |        |        |        |        | STAYS  | STAYS  |        | STAYS
      CAPTURE_WAITS                 |        |        |        |        | STAYS  | STAYS  |        | STAYS
      VALUES_OUTLAST_LAG            |        |        |        | WINDOW |        |        | WINDOW |
      """;

  /** The same for rows that share a value, but not for one row. */
  private static final String ROWS_WITHOUT = """
      # rule                        |no fault|w. crash|foreign |replica |evicted |f. early| ahead  |all
      EMPTIES_REMEMBER              |        |        |        |        |        |        | WINDOW |
      """;

  /** The same where values are refreshed. */
  private static final String REFRESH_WITHOUT = """
      # rule                        |no fault|w. crash|foreign |replica |evicted |f. early| ahead  |all
      REFRESH_COMPARES              | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      REFRESH_HAS_SEEN_AS_MUCH      |        |        |        | STAYS  |        |        | STAYS  | STAYS
      """;

  /** The same where writers fill. */
  private static final String WRITERS_FILL_WITHOUT = """
      # rule                        |no fault|w. crash|foreign |replica |evicted |f. early| ahead  |all
      WRITERS_FILL_AFTER_COMMIT     | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      TOKEN_TO_FILL                 | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      SNAPSHOT_HAS_SEEN_FENCES      | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS  | STAYS
      """;

  /** Without one of these no hit is staler, but more of them are lost. */
  private static final Set<Rule> COSTLY_TO_REMOVE = EnumSet.of(
      Rule.LEASES_RUN_OUT, Rule.ECHO_KEEPS_VALUE, Rule.ECHO_KEEPS_LEASE, Rule.FENCE_ENDS_LEASE);

  private static final Set<Rule> LEASE = EnumSet.of(
      Rule.LEASES,
      Rule.LEASES_RUN_OUT,
      Rule.LEASE_BEFORE_READ,
      Rule.TOKEN_TO_FILL,
      Rule.TOKENS_DIFFER,
      Rule.NO_FILL_OF_OWN_WRITES);

  private static final Set<Rule> FENCE = with(
      LEASE,
      Rule.SNAPSHOT_HAS_SEEN_FENCES,
      Rule.FENCES_ADD_UP,
      Rule.EMPTIES_REMEMBER,
      Rule.ECHO_KEEPS_VALUE,
      Rule.ECHO_KEEPS_LEASE,
      Rule.FENCE_ENDS_LEASE,
      Rule.VALUES_OUTLAST_LAG);

  private static final Set<Rule> TWICE =
      EnumSet.of(Rule.CAPTURE_FENCES, Rule.CAPTURE_FENCES_AGAIN, Rule.CAPTURE_WAITS);

  private static final Set<Rule> REFRESH =
      EnumSet.of(Rule.REFRESH, Rule.REFRESH_COMPARES, Rule.REFRESH_HAS_SEEN_AS_MUCH);

  private static final Set<Rule> WRITERS_FILL =
      EnumSet.of(Rule.WRITERS_FILL, Rule.WRITERS_FILL_AFTER_COMMIT);

  enum Protocol {
    TTL_ONLY(Rule.NO_FILL_OF_OWN_WRITES),
    SET_AFTER_COMMIT(Rule.NO_FILL_OF_OWN_WRITES, Rule.SET_AFTER_COMMIT),
    DELETE_BEFORE_COMMIT(Rule.NO_FILL_OF_OWN_WRITES, Rule.DELETE_BEFORE_COMMIT),
    DELETE_AFTER_COMMIT(Rule.NO_FILL_OF_OWN_WRITES, Rule.DELETE_AFTER_COMMIT),
    DELETE_BOTH(Rule.NO_FILL_OF_OWN_WRITES, Rule.DELETE_BEFORE_COMMIT, Rule.DELETE_AFTER_COMMIT),
    CAPTURE_DELETES(Rule.NO_FILL_OF_OWN_WRITES, Rule.CAPTURE_DELETES),
    /** Facebook's leases, and IdentityCache. */
    LEASE_AND_DELETE_AFTER_COMMIT(with(LEASE, Rule.DELETE_AFTER_COMMIT)),
    LEASE_AND_CAPTURE_DELETES(with(LEASE, Rule.CAPTURE_DELETES)),
    FENCES_WITHOUT_TOKEN(
        without(with(FENCE, Rule.WRITERS_FENCE, Rule.CAPTURE_FENCES), Rule.TOKEN_TO_FILL)),
    WRITERS_FENCE(with(FENCE, Rule.WRITERS_FENCE)),
    CAPTURE_FENCES(with(FENCE, Rule.CAPTURE_FENCES)),
    BOTH_FENCE(with(FENCE, Rule.WRITERS_FENCE, Rule.CAPTURE_FENCES)),
    BOTH_FENCE_CAPTURE_TWICE(with(with(FENCE, Rule.WRITERS_FENCE), TWICE));

    @SuppressWarnings("ImmutableEnumChecker") // nobody changes it
    private final Set<Rule> rules;

    Protocol(Set<Rule> rules) {
      this.rules = rules;
    }

    Protocol(Rule first, Rule... others) {
      this.rules = EnumSet.of(first, others);
    }
  }

  private static final Set<Rule> FULL = Protocol.BOTH_FENCE_CAPTURE_TWICE.rules;

  private final Map<Environment, Verdict> verdictsOfFull = cells(Subject.ROW, FULL).stream()
      .collect(Collectors.toUnmodifiableMap(Cell::environment, Cell::verdict));

  private static Set<Rule> with(Set<Rule> rules, Rule... more) {
    return with(rules, Set.of(more));
  }

  private static Set<Rule> with(Set<Rule> rules, Set<Rule> more) {
    Set<Rule> all = EnumSet.copyOf(rules);
    all.addAll(more);
    return all;
  }

  private static Set<Rule> without(Set<Rule> rules, Rule removed) {
    assertThat(rules).contains(removed);
    Set<Rule> rest = EnumSet.copyOf(rules);
    rest.remove(removed);
    return rest;
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = OTHERS)
  void hit_underProtocolOfOthers_isStaleAsOftenAsWritten(Protocol protocol, ArgumentsAccessor row) {
    assertCells(Subject.ROW, protocol.rules, verdicts(row));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = FENCES)
  void hit_underProtocol_isStaleAsOftenAsWritten(Protocol protocol, ArgumentsAccessor row) {
    assertCells(protocol.rules, verdicts(row));
  }

  @ParameterizedTest(name = "without {0}")
  @CsvSource(delimiter = '|', textBlock = WITHOUT)
  void hit_withoutOneRule_isStaleMoreOften(Rule removed, ArgumentsAccessor row) {
    assertCells(Subject.ROW, without(FULL, removed), turned(row));
  }

  @ParameterizedTest(name = "without {0}")
  @CsvSource(delimiter = '|', textBlock = ROWS_WITHOUT)
  void hit_onRowsWithoutOneRule_isStaleMoreOften(Rule removed, ArgumentsAccessor row) {
    assertCells(Subject.ROW, without(FULL, removed), verdictsOfFull);
    assertCells(Subject.ROWS, without(FULL, removed), turned(row));
  }

  @Test
  void rules_ofTheProtocol_areEachRemovedInSomeTest() {
    Set<Rule> removed = (WITHOUT + ROWS_WITHOUT)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> Rule.valueOf(line.substring(0, line.indexOf('|')).strip()))
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Rule.class)));
    removed.addAll(COSTLY_TO_REMOVE);

    assertThat(removed).isEqualTo(FULL);
  }

  @ParameterizedTest
  @FieldSource("COSTLY_TO_REMOVE")
  void hit_withoutRuleThatSavesReads_isNotStaleMoreOften(Rule removed) {
    assertCells(Subject.ROW, without(FULL, removed), verdictsOfFull);
  }

  @Test
  void lease_withoutDeadline_mayBeInTheWayForGood() {
    assertThat(pathToLeaseForGood(FULL)).isEmpty();
    assertThat(pathToLeaseForGood(without(FULL, Rule.LEASES_RUN_OUT))).isPresent();
  }

  private static Optional<List<String>> pathToLeaseForGood(Set<Rule> rules) {
    ProtocolModel model = new ProtocolModel(Subject.ROW, rules, Environment.WRITER_CRASH, 2);
    return model.reached().pathToEnd(model::isLeased);
  }

  @Test
  void echo_thatKeepsNoValue_dropsWhatItTellsOf() {
    assertOnlyWithout(Rule.ECHO_KEEPS_VALUE, ProtocolModel::dropsWhatItTellsOf);
  }

  @Test
  void echo_thatKeepsNoLease_endsOneThatFencedKeyGave() {
    assertOnlyWithout(Rule.ECHO_KEEPS_LEASE, ProtocolModel::endsLeaseOnceMore);
  }

  @Test
  void fence_thatEndsNoLease_leavesOneThatFillsNothing() {
    assertOnlyWithout(Rule.FENCE_ENDS_LEASE, ProtocolModel::leavesLeaseInVain);
  }

  private interface Waste {
    boolean isSeen(ProtocolModel model, long before, long after);
  }

  private static void assertOnlyWithout(Rule rule, Waste waste) {
    assertThat(pathOver(FULL, waste)).isEmpty();
    assertThat(pathOver(without(FULL, rule), waste)).isPresent();
  }

  private static Optional<List<String>> pathOver(Set<Rule> rules, Waste waste) {
    ProtocolModel model = new ProtocolModel(Subject.ROW, rules, Environment.NO_FAULT, 2);
    return model.reached().pathOver((before, after) -> waste.isSeen(model, before, after));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = FENCES)
  void hit_whereValuesAreRefreshed_isNotStaleMoreOften(Protocol protocol, ArgumentsAccessor row) {
    assertCells(with(protocol.rules, REFRESH), verdicts(row));
  }

  @ParameterizedTest(name = "without {0}")
  @CsvSource(delimiter = '|', textBlock = REFRESH_WITHOUT)
  void hit_whereValuesAreRefreshedWithoutOneRule_isStaleMoreOften(
      Rule removed, ArgumentsAccessor row) {
    assertCells(Subject.ROW, without(with(FULL, REFRESH), removed), turned(row));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = FENCES)
  void hit_whereWritersFill_isNotStaleMoreOften(Protocol protocol, ArgumentsAccessor row) {
    assertCells(with(protocol.rules, WRITERS_FILL), verdicts(row));
    assertCells(with(with(protocol.rules, REFRESH), WRITERS_FILL), verdicts(row));
  }

  @ParameterizedTest(name = "without {0}")
  @CsvSource(delimiter = '|', textBlock = WRITERS_FILL_WITHOUT)
  void hit_whereWritersFillWithoutOneRule_isStaleMoreOften(Rule removed, ArgumentsAccessor row) {
    assertCells(Subject.ROW, without(with(FULL, WRITERS_FILL), removed), turned(row));
  }

  @Test
  void path_toStaleHit_tellsWhatHappened() {
    Cell cell = cell(Subject.ROW, Protocol.BOTH_FENCE.rules, Environment.FOREIGN_WRITER);

    assertThat(cell.path)
        .containsExactly(
            "it is cached",
            "W1 begins",
            "W1, being foreign, is ready to commit",
            "W1's commit is in the log",
            "W1's commit becomes visible");
  }

  record Cell(Environment environment, Verdict verdict, List<String> path) {}

  private static Cell cell(Subject subject, Set<Rule> rules, Environment environment) {
    ProtocolModel model = new ProtocolModel(subject, rules, environment, 2);
    ProtocolStates reached = model.reached();
    Optional<List<String>> toStale = reached.pathTo(model::isStale);
    if (toStale.isEmpty()) {
      return new Cell(environment, Verdict.NEVER, List.of("no path"));
    }
    return reached
        .pathTo(model::staysStale)
        .map(path -> new Cell(environment, Verdict.STAYS, path))
        .orElseGet(() -> new Cell(environment, Verdict.WINDOW, toStale.get()));
  }

  private static List<Cell> cells(Subject subject, Set<Rule> rules) {
    return Arrays.stream(Environment.values())
        .parallel()
        .map(environment -> cell(subject, rules, environment))
        .toList();
  }

  /** As many as the row has. */
  private static Map<Environment, Verdict> verdicts(ArgumentsAccessor row) {
    Map<Environment, Verdict> verdicts = new EnumMap<>(Environment.class);
    int column = 1;
    for (Environment environment : Environment.values()) {
      @Nullable Verdict verdict = row.get(column++, Verdict.class);
      if (verdict != null) {
        verdicts.put(environment, verdict);
      }
    }
    assertThat(row.size()).isEqualTo(column);
    return verdicts;
  }

  /** Those of the row, and for the rest those of all rules. */
  private Map<Environment, Verdict> turned(ArgumentsAccessor row) {
    Map<Environment, Verdict> turned = new EnumMap<>(verdictsOfFull);
    turned.putAll(verdicts(row));
    assertThat(turned).isNotEqualTo(verdictsOfFull);
    return turned;
  }

  /** The same for each subject. */
  private static void assertCells(Set<Rule> rules, Map<Environment, Verdict> expected) {
    for (Subject subject : Subject.values()) {
      assertCells(subject, rules, expected);
    }
  }

  private static void assertCells(
      Subject subject, Set<Rule> rules, Map<Environment, Verdict> expected) {
    for (Cell cell : cells(subject, rules)) {
      assertThat(cell.verdict)
          .as(() ->
              subject + ", " + cell.environment + ":\n  " + String.join("\n  ", cell.path) + "\n")
          .isEqualTo(expected.get(cell.environment));
    }
  }
}
