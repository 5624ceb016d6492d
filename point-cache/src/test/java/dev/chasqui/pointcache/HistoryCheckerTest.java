package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pointcache.HistoryChecker.Bounds;
import dev.chasqui.pointcache.HistoryEvent.Fault;
import dev.chasqui.pointcache.HistoryEvent.Intent;
import dev.chasqui.pointcache.HistoryEvent.Item;
import dev.chasqui.pointcache.HistoryEvent.Outcome;
import dev.chasqui.pointcache.HistoryEvent.Read;
import dev.chasqui.pointcache.HistoryEvent.Surprise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Histories made by hand. */
final class HistoryCheckerTest {
  private static final Bounds P1 =
      new Bounds(Duration.ZERO, Duration.ofNanos(100), Duration.ofNanos(10), Duration.ZERO);
  private static final Bounds P2 =
      new Bounds(Duration.ofNanos(100), Duration.ofNanos(100), Duration.ofNanos(10), Duration.ZERO);
  private static final Bounds P1_WITH_STANDBY =
      new Bounds(Duration.ZERO, Duration.ofNanos(100), Duration.ofNanos(10), Duration.ofNanos(20));

  private static final Item FIRST = new Item(1, 1, 7, "one");
  private static final Item SECOND = new Item(1, 2, 7, "one");
  private static final Item MOVED = new Item(1, 2, 8, "other");
  private static final Item GONE = Item.none(1, 2);

  private final List<HistoryEvent> events = new ArrayList<>();
  private long lastWrite;

  HistoryCheckerTest() {
    committed("p", true, 0, FIRST);
  }

  private void intended(String actor, boolean fenced, long at, Item... items) {
    events.add(new Intent(actor, ++lastWrite, fenced, at, List.of(items)));
  }

  /** From {@code at} to 5 later. */
  private void committed(String actor, boolean fenced, long at, Item... items) {
    intended(actor, fenced, at, items);
    events.add(new Outcome(actor, lastWrite, true, at + 5));
  }

  /** From {@code at} to 5 later. */
  private void read(
      String actor, String column, String value, long at, Source from, Item... items) {
    events.add(new Read(actor, column, value, at, at + 5, from, List.of(items)));
  }

  private void readKey(String actor, long at, Source from, Item... items) {
    read(actor, "id", "1", at, from, items);
  }

  private void assertRight(Bounds bounds) {
    assertThat(HistoryChecker.check(events, bounds).wrong()).isEmpty();
  }

  private void assertWrong(Bounds bounds, String why) {
    assertThat(HistoryChecker.check(events, bounds).wrong())
        .singleElement()
        .asString()
        .contains(why);
  }

  @Test
  void read_ofTheLastVersion_isRight() {
    committed("p", true, 10, SECOND);
    readKey("q", 16, Source.REDIS, SECOND);
    assertRight(P1);
  }

  @Test
  void read_duringTheWrite_mayGiveEither() {
    committed("p", true, 10, SECOND);
    readKey("q", 8, Source.DATABASE, SECOND);
    readKey("q", 8, Source.REDIS, FIRST);
    readKey("q", 12, Source.REDIS, SECOND);
    assertRight(P1);
  }

  @Test
  void read_ofTheOldVersionOnceFencedWriteHasCommitted_isWrongByP1AndRightByP2() {
    committed("p", true, 10, SECOND);
    readKey("q", 16, Source.REDIS, FIRST);
    assertWrong(P1, "too old, must be at least 2");
    assertRight(P2);
  }

  @Test
  void read_ofTheOldVersionAfterTheBound_isWrongByP2() {
    committed("p", true, 10, SECOND);
    readKey("q", 115, Source.REDIS, FIRST);
    readKey("q", 116, Source.REDIS, FIRST);
    assertWrong(P2, " 116 ");
  }

  @Test
  void read_ofForeignWrite_hasTheBoundInP1() {
    committed("p", false, 10, SECOND);
    readKey("q", 115, Source.REDIS, FIRST);
    assertRight(P1);
    readKey("q", 116, Source.REDIS, FIRST);
    assertWrong(P1, " 116 ");
  }

  @Test
  void read_ofTheOldVersionFromTheDatabase_isWrongAlways() {
    committed("p", false, 10, SECOND);
    readKey("q", 16, Source.DATABASE, FIRST);
    assertWrong(P1, "too old");
    assertWrong(P2, "too old");
  }

  @Test
  void read_ofTheOldVersionFromTheStandby_mayLag() {
    committed("p", true, 10, SECOND);
    readKey("standby-3", 35, Source.DATABASE, FIRST);
    assertRight(P1_WITH_STANDBY);
    readKey("standby-3", 36, Source.DATABASE, FIRST);
    assertWrong(P1_WITH_STANDBY, " 36 ");
  }

  @Test
  void read_byOtherColumnFromTheStandby_mayLag() {
    committed("p", true, 10, MOVED);
    read("standby-3", "grp", "8", 35, Source.DATABASE);
    assertRight(P1_WITH_STANDBY);
    read("standby-3", "grp", "8", 36, Source.DATABASE);
    assertWrong(P1_WITH_STANDBY, " 36 ");
  }

  @Test
  void read_byOtherColumnFromMemoryAndMaybeTheStandby_mayLagMore() {
    committed("p", true, 10, MOVED);
    read("standby-3", "grp", "8", 45, Source.MEMORY);
    assertRight(P1_WITH_STANDBY);
    read("standby-3", "grp", "8", 46, Source.MEMORY);
    assertWrong(P1_WITH_STANDBY, " 46 ");
  }

  @Test
  void read_byTheStandbyFromRedis_mayNotLag() {
    committed("p", true, 10, SECOND);
    readKey("standby-3", 16, Source.REDIS, FIRST);
    assertWrong(P1_WITH_STANDBY, "too old");
  }

  @Test
  void read_fromTheStandby_doesNotMakeVisibleWhatItGave() {
    intended("p", true, 10, SECOND);
    readKey("standby-3", 20, Source.DATABASE, SECOND);
    readKey("q", 21, Source.REDIS, SECOND);
    readKey("q", 30, Source.DATABASE, FIRST);
    assertRight(P1_WITH_STANDBY);
    readKey("q", 40, Source.DATABASE, SECOND);
    readKey("q", 50, Source.DATABASE, FIRST);
    assertWrong(P1_WITH_STANDBY, " 50 ");
  }

  @Test
  void read_fromMemory_mayBeOlderByItsTimeUnlessItIsOnesOwn() {
    committed("p", true, 10, SECOND);
    readKey("q", 25, Source.MEMORY, FIRST);
    assertRight(P1);
    readKey("q", 26, Source.MEMORY, FIRST);
    assertWrong(P1, " 26 ");
    events.remove(events.size() - 1);
    readKey("p", 16, Source.MEMORY, FIRST);
    assertWrong(P1, "R p ");
  }

  @Test
  void read_ofOlderVersionThanAnotherHasGot_isWrongEvenIfNoWriterKnows() {
    intended("p", true, 10, SECOND);
    readKey("q", 12, Source.DATABASE, SECOND);
    readKey("q", 17, Source.REDIS, FIRST);
    readKey("q", 18, Source.REDIS, FIRST);
    assertWrong(P1, " 18 ");
  }

  @Test
  void read_ofVersionOfWhichNobodyKnows_mayBeEither() {
    intended("p", true, 10, SECOND);
    readKey("q", 1_000, Source.REDIS, FIRST);
    readKey("q", 1_010, Source.REDIS, SECOND);
    assertRight(P1);
  }

  @Test
  void read_ofWhatWasRolledBackOrNeverWrittenOrNotYet_isWrong() {
    readKey("q", 6, Source.REDIS, new Item(1, 3, 7, "one"));
    assertWrong(P2, "never written");
    events.remove(events.size() - 1);
    readKey("q", 6, Source.REDIS, new Item(1, 1, 9, "one"));
    assertWrong(P2, "never written");
    events.remove(events.size() - 1);
    intended("p", true, 100, SECOND);
    readKey("q", 6, Source.REDIS, SECOND);
    assertWrong(P2, "read before it was written");
    events.add(new Outcome("p", lastWrite, false, 110));
    assertWrong(P2, "rolled back");
  }

  @Test
  void read_givingNoRow_isWrongUnlessItMayBeGone() {
    readKey("q", 6, Source.REDIS);
    assertWrong(P1, "lacks row 1");
    committed("p", true, 8, GONE);
    assertRight(P1);
    readKey("q", 14, Source.REDIS, FIRST);
    assertWrong(P1, "too old");
  }

  @Test
  void readByColumn_givingARowThatMovedAway_isWrong() {
    committed("p", true, 10, MOVED);
    read("q", "grp", "7", 16, Source.REDIS);
    read("q", "grp", "8", 16, Source.REDIS, MOVED);
    assertRight(P1);
    read("q", "grp", "7", 16, Source.REDIS, FIRST);
    assertWrong(P1, "too old");
    assertRight(P2);
    read("q", "grp", "7", 16, Source.REDIS, MOVED);
    assertWrong(P2, "not what was asked for");
  }

  @Test
  void readByColumn_lackingARowThatCame_isWrongOnceTheBoundIsOver() {
    committed("p", true, 10, MOVED);
    read("q", "name", "other", 12, Source.REDIS);
    assertRight(P1);
    read("q", "name", "other", 16, Source.REDIS);
    assertWrong(P1, "lacks row 1");
    assertRight(P2);
    read("q", "name", "other", 120, Source.REDIS);
    assertWrong(P2, "lacks row 1");
  }

  @Test
  void readByColumn_whileTheRowGoesToAndFro_mayLackIt() {
    committed("p", true, 10, MOVED);
    committed("p", true, 20, new Item(1, 3, 7, "one"));
    read("q", "grp", "7", 18, Source.REDIS);
    assertRight(P1);
    read("q", "grp", "7", 26, Source.REDIS);
    assertWrong(P1, "lacks row 1");
  }

  @Test
  void readByColumn_givingARowTwice_isWrong() {
    read("q", "grp", "7", 6, Source.REDIS, FIRST, FIRST);
    assertWrong(P1, "a row twice");
  }

  @Test
  void surprise_isWrong() {
    events.add(new Surprise("what"));
    assertWrong(P2, "what");
  }

  @Test
  void events_writtenAndRead_areTheSame() {
    committed("p", false, -5, SECOND, GONE);
    readKey("q", 6, Source.MEMORY, FIRST);
    read("q", "grp", "8", 6, Source.DATABASE);
    events.add(new Fault("the thing"));
    events.add(new Surprise("another thing"));
    assertThat(events)
        .allSatisfy(event -> assertThat(HistoryEvent.read(event.toString())).isEqualTo(event));
  }
}
