package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Flags;
import dev.chasqui.app.web.EventReader.Event;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Streams of flags from two nodes of one database (SPEC.md of feature-flags, 6.2 and 6.3), over real sockets. */
@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FlagStreamsTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Signature ANA = new Signature("ana", "");

  private final List<EventReader> readers = new ArrayList<>();
  private Office one;
  private Office two;
  private int sets;
  private String set = "";

  @BeforeAll
  void open(RealPostgres postgres) throws IOException {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1)); // the machine may be busy
    Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
    one = new Office(postgres);
    two = new Office(postgres);
  }

  @AfterAll
  void close() {
    Awaitility.reset();
    one.close();
    two.close();
  }

  @BeforeEach
  void make() {
    set = "stream-" + ++sets;
    one.flags.put(set, ANA, 0, Flags.parse(SampleFlags.JSON));
  }

  @AfterEach
  void hangUp() throws IOException {
    for (EventReader reader : readers) {
      reader.close();
    }
    readers.clear();
  }

  private EventReader follow(Office office, String... headers) throws IOException {
    EventReader reader = EventReader.open(office.url("/api/v1/flags/" + set), headers);
    readers.add(reader);
    return reader;
  }

  private long committed() {
    return one.flags.find(set).orElseThrow().revision();
  }

  private long change(String key, @Nullable String flag) {
    return one.flags
        .putFlag(set, ANA, OptionalLong.empty(), key, flag == null ? null : JSON.readTree(flag))
        .orElseThrow();
  }

  private static String size(int large) {
    return "{\"state\":\"ENABLED\",\"variants\":{\"large\":" + large
        + "},\"defaultVariant\":\"large\"}";
  }

  /** {@code id} is empty, or a revision: of the mark after it nobody knows anything but that it is there. */
  private static void assertEvent(Event event, String id, String kind, String data) {
    assertThat(event.id()).matches(id.isEmpty() ? "" : id + "-[a-z0-9]+");
    assertThat(event.event()).isEqualTo(kind);
    assertThat(event.data()).isEqualTo(JSON.readTree(data));
  }

  /** Of the set's document of a revision. */
  private String id(long revision) {
    return one.flags.latest(set, 100).stream()
        .filter(change -> change.revision() == revision)
        .findFirst()
        .orElseThrow()
        .version()
        .id();
  }

  @Test
  void follow_fromNothing_getsTheWholeThenEachChange() throws Exception {
    for (Office office : List.of(one, two)) {
      follow(office);
    }
    Event whole = readers.get(0).first(1).get(0);
    readers.get(1).first(1);
    assertThat(whole.id()).isEqualTo(id(1));
    assertThat(whole.event()).isEqualTo("flags");
    assertThat(whole.data().get("document")).isEqualTo(JSON.readTree(SampleFlags.JSON));

    change("page-size", size(70));
    readers.get(0).first(2); // or a node takes both together
    readers.get(1).first(2);
    change("theme", null);

    for (EventReader reader : readers) {
      assertEvent(
          reader.first(3).get(1),
          "2",
          "change",
          "{\"from\":1,\"revision\":2,\"flags\":{\"page-size\":" + size(70) + "}}");
      assertEvent(
          reader.first(3).get(2),
          "3",
          "change",
          "{\"from\":2,\"revision\":3,\"flags\":{\"theme\":null}}");
    }
  }

  @Test
  void follow_fromARevision_getsWhatItMissed() throws Exception {
    change("page-size", size(70));
    change("page-size", size(80));
    change("banner", null);
    await().until(() -> two.flagHub.get(set).revision() == 4);

    assertEvent(
        follow(two, "Last-Event-ID", id(2)).first(1).get(0),
        "4",
        "change",
        "{\"from\":2,\"revision\":4,\"flags\":{\"banner\":null,\"page-size\":" + size(80) + "}}");
    assertEvent(
        follow(two, "Last-Event-ID", id(4)).first(1).get(0), "4", "current", "{\"revision\":4}");
    for (String unknown :
        List.of("99", "4", "2", "0", "-1", "nonsense", "4-x", id(2) + "x", "99-" + id(4), "-")) {
      assertThat(follow(two, "Last-Event-ID", unknown).first(1).get(0).event())
          .as(unknown)
          .isEqualTo("flags");
    }
  }

  @Test
  void follow_afterARestart_stillGetsOnlyWhatItMissed(RealPostgres postgres) throws Exception {
    change("page-size", size(70));
    try (Office restarted = new Office(postgres)) {
      assertThat(follow(restarted, "Last-Event-ID", id(1)).first(1).get(0).event())
          .isEqualTo("change");
    }
  }

  @Test
  void change_ofMoreThanFlags_isSentWhole() throws Exception {
    EventReader reader = follow(two);
    reader.first(1);

    String other = SampleFlags.JSON.replace("\"flagSetId\": \"shop\"", "\"flagSetId\": \"store\"");
    one.flags.put(set, ANA, 1, Flags.parse(other));

    Event whole = reader.first(2).get(1);
    assertThat(whole.event()).isEqualTo("flags");
    assertThat(whole.id()).isEqualTo(id(2));
    assertThat(whole.data().at("/document/metadata/flagSetId").stringValue()).isEqualTo("store");
    assertThat(follow(two, "Last-Event-ID", id(1)).first(1).get(0).event()).isEqualTo("flags");
    change("page-size", size(70));
    await().until(() -> two.flagHub.get(set).revision() == 3);
    assertThat(follow(two, "Last-Event-ID", id(2)).first(1).get(0).event())
        .as("from there on there are steps again")
        .isEqualTo("change");
  }

  @Test
  void kill_isTold_beforeTheDocumentThatSaysIt() throws Exception {
    for (Office office : List.of(one, two)) {
      follow(office).first(1);
    }

    one.flags.kill(set, ANA, "new-checkout", true);

    for (EventReader reader : readers) {
      List<Event> events = reader.first(3);
      assertEvent(events.get(1), "", "kill", "{\"revision\":2,\"flags\":[\"new-checkout\"]}");
      assertThat(events.get(2).event()).isEqualTo("change");
      assertThat(events.get(2).data().at("/flags/new-checkout/x-killed").booleanValue())
          .isTrue();
    }
    one.flags.kill(set, ANA, "new-checkout", false);
    assertThat(readers.get(1).first(4).get(3).event()).as("no lane for that").isEqualTo("change");
  }

  /** A look finds what is on its way, and leaves it so for a second. */
  @Test
  void kill_thatALookFindsFirst_isHeardBeforeItsDocument() throws Exception {
    List<Event> events;
    int tries = 0;
    do { // unless this thread waits for so long
      make();
      EventReader reader = follow(two);
      reader.first(1);
      String other = set + "-too";
      one.jdbi.useTransaction(handle -> {
        killUntold(handle, 1);
        handle.execute("insert into flag_set values (?, 1, '{\"flags\":{}}')", other);
        handle.execute("""
            insert into flag_change (set_name, revision, kind, author, reason, whole, trace_parent)
            values (?, 1, 'document', 'ana', '', true, '')""", other);
      });
      await().until(() -> two.flagHub.find(other).isPresent()); // by a look, of which nobody told
      tell(set, 2, "banner");
      events = reader.first(2);
    } while (!events.get(1).event().equals("kill") && ++tries < 5);
    assertEvent(events.get(1), "", "kill", "{\"revision\":2,\"flags\":[\"banner\"]}");
  }

  private static Event last(EventReader reader) {
    return reader.events.get(reader.events.size() - 1);
  }

  /** The first kill has the node begin to read; so does a client that says it has something newer. */
  @Test
  void kill_whileNothingCanBeRead_isToldAllTheSame() throws Exception {
    EventReader reader = follow(two);
    reader.first(1);
    String banner = "{\"revision\":2,\"flags\":[\"banner\"]}";
    String theme = "{\"revision\":3,\"flags\":[\"theme\"]}";
    one.jdbi.useTransaction(handle -> {
      handle.execute("lock table flag_edit in access exclusive mode");
      follow(two, "Last-Event-ID", "99");
      tell(set, 2, "banner");
      assertEvent(reader.first(2).get(1), "", "kill", banner);
      assertEvent(follow(two, "Last-Event-ID", "1").first(1).get(0), "", "kill", banner);
      tell(set, 3, "theme");
      assertEvent(reader.first(3).get(2), "", "kill", theme);

      for (String flag : List.of("banner", "theme")) {
        assertThat(two.post(
                    "/flags/" + set + "/ofrep/v1/evaluate/flags/" + flag,
                    "application/json",
                    "{\"context\":{\"country\":\"DE\"}}")
                .body())
            .contains("DISABLED");
      }
    });
  }

  /** As PostgreSQL does when a change is committed. */
  private void tell(String of, long revision, String killed) {
    two.jdbi.useHandle(handle -> handle
        .createQuery("select pg_notify(:channel, :notice)")
        .bind("channel", Flags.CHANNEL)
        .bind(
            "notice",
            "{\"set\":\"" + of + "\",\"revision\":" + revision + ",\"killed\":[\"" + killed
                + "\"]}")
        .mapTo(String.class)
        .list());
  }

  /** A client that reads nothing for a while misses changes, but not what they led to; others wait for nothing. */
  @Test
  void change_forAClientThatDoesNotRead_isHeldBackAndSentWholeLater() throws Exception {
    EventReader slow = EventReader.connect(one.url("/api/v1/flags/" + set), 4 << 10);
    readers.add(slow);
    EventReader quick = follow(one);
    quick.first(1);
    String filler = "x".repeat(500_000);
    int changes = 40;
    for (int i = 0; i < changes; i++) {
      change("filler", "{\"state\":\"ENABLED\",\"variants\":{\"a\":\"" + i + filler + "\"}}");
      quick.first(2 + i); // or the hub takes several together
    }
    one.flags.kill(set, ANA, "banner", true);
    long last = changes + 2L;
    await().until(() -> last(quick).id().startsWith(last + "-"));

    slow.start();

    await().until(() -> !slow.events.isEmpty() && last(slow).id().startsWith(last + "-"));
    Event newest = last(slow);
    assertThat(newest.event().equals("flags")).isTrue();
    assertThat(newest.data().at("/document/flags/banner/x-killed").booleanValue())
        .isTrue();
    assertThat(slow.events.size()).as("many were left out").isLessThan(changes);
    assertThat(quick.events.size()).isGreaterThanOrEqualTo(changes + 2);
  }

  @Test
  void database_setBackToABackup_hasClientsBeginAnew() throws Exception {
    String lost = changeThatWillBeLost();
    EventReader reader = follow(two);
    assertThat(reader.first(1).get(0).id()).isEqualTo(lost);
    one.jdbi.useTransaction(this::setBack);

    await().until(reader::isEnded);
    Event whole = follow(two, "Last-Event-ID", lost).first(1).get(0);
    assertThat(whole.event()).isEqualTo("flags");
    assertThat(whole.id()).isEqualTo(id(1));
  }

  /** What was committed since has the numbers of what is lost. */
  @Test
  void database_setBackAndChangedToTheSameRevision_hasClientsBeginAnew() throws Exception {
    String lost = changeThatWillBeLost();
    EventReader reader = follow(two);
    reader.first(1);
    setBackAndKill(1);

    await().until(reader::isEnded);
    assertWhole(lost, 2);
  }

  @Test
  void database_setBackAndChangedToAHigherRevision_hasClientsBeginAnew() throws Exception {
    String lost = changeThatWillBeLost();
    EventReader reader = follow(two);
    reader.first(1);
    setBackAndKill(2);

    await().until(reader::isEnded);
    assertWhole(lost, 3);
  }

  @Test
  void database_setBackBeforeANodeStarts_servesNoClientFromWhatIsLost(RealPostgres postgres)
      throws Exception {
    String lost = changeThatWillBeLost();
    setBackAndKill(1);

    try (Office restarted = new Office(postgres)) {
      restarted.flagHub.get(set);
      for (String has : List.of(lost, "2")) {
        Event whole = EventReader.open(restarted.url("/api/v1/flags/" + set), "Last-Event-ID", has)
            .first(1)
            .get(0);
        assertThat(whole.event()).as(has).isEqualTo("flags");
        assertThat(whole.id()).isEqualTo(id(2));
      }
    }
  }

  @Test
  void database_setBackAndNotReadableAtFirst_hasClientsBeginAnewAllTheSame() throws Exception {
    changeThatWillBeLost();
    EventReader reader = follow(two);
    reader.first(1);
    one.jdbi.useTransaction(handle -> {
      setBack(handle);
      handle.execute("update flag_set set document = '[]' where name = ?", set);
    });
    await().until(() -> !two.flagHub.trouble().isEmpty());
    assertThat(reader.isEnded()).isFalse();

    one.jdbi.useHandle(handle -> handle.execute(
        "update flag_set set document = ?::json where name = ?", SampleFlags.JSON, set));

    await().until(reader::isEnded);
  }

  @Test
  void database_setBackWhileThereIsNewsAllTheTime_hasClientsBeginAnew() throws Exception {
    changeThatWillBeLost();
    EventReader reader = follow(two);
    reader.first(1);
    one.jdbi.useTransaction(this::setBack);

    await().until(() -> {
      tell("another", 1, "flag");
      return reader.isEnded();
    });
  }

  @Test
  void database_withoutTheSet_endsItsStreamsAndServesItNoMore() throws Exception {
    EventReader reader = follow(two);
    reader.first(1);
    EventReader watcher = EventReader.open(two.url("/flags/" + set + "/ofrep/v1/events"));
    readers.add(watcher);
    watcher.first(1);
    one.jdbi.useTransaction(handle -> {
      handle.execute("delete from flag_edit where set_name = ?", set);
      handle.execute("delete from flag_change where set_name = ?", set);
      handle.execute("delete from flag_set where name = ?", set);
    });

    await().until(() -> reader.isEnded() && watcher.isEnded());
    assertThat(two.get("/api/v1/flags/" + set).statusCode()).isEqualTo(404);
    make(); // the next
    assertThat(follow(two).first(1).get(0).event()).isEqualTo("flags");
  }

  /** Returns the id that clients have then. */
  private String changeThatWillBeLost() {
    change("page-size", size(70));
    for (Office office : List.of(one, two)) {
      await().until(() -> office.flagHub.get(set).revision() == 2);
    }
    return id(2);
  }

  private void setBack(Handle handle) {
    handle.execute("delete from flag_edit where set_name = ? and revision = 2", set);
    handle.execute("delete from flag_change where set_name = ? and revision = 2", set);
    handle.execute(
        "update flag_set set revision = 1, document = ?::json where name = ?",
        SampleFlags.JSON,
        set);
  }

  /** As one transaction, so that no node sees what is in between. The first of the changes kills the banner. */
  private void setBackAndKill(int changes) {
    one.jdbi.useTransaction(handle -> {
      setBack(handle);
      killUntold(handle, changes);
    });
  }

  private void killUntold(Handle handle, int changes) {
    String killed = SampleFlags.JSON.replace("\"banner\": {", "\"banner\": {\"x-killed\": true,");
    for (int revision = 2; revision < 2 + changes; revision++) {
      handle.execute("""
          insert into flag_change (set_name, revision, kind, author, reason, whole, trace_parent)
          values (?, ?, 'kill', 'ana', '', false, '')""", set, revision);
    }
    handle.execute(
        "insert into flag_edit (set_name, revision, key, new_value) values (?, 2, 'banner', ?::json)",
        set,
        JSON.readTree(killed).at("/flags/banner").toString());
    handle.execute(
        "update flag_set set revision = ?, document = ?::json where name = ?",
        1 + changes,
        killed,
        set);
  }

  private void assertWhole(String has, long revision) throws IOException {
    for (Office office : List.of(one, two)) {
      await().until(() -> office.flagHub.get(set).id().equals(id(revision)));
      Event whole = follow(office, "Last-Event-ID", has).first(1).get(0);
      assertThat(whole.event()).isEqualTo("flags");
      assertThat(whole.id()).isEqualTo(id(revision));
      assertThat(whole.data().at("/document/flags/banner/x-killed").booleanValue())
          .isTrue();
      assertThat(whole.data().at("/document/flags/page-size/variants/large").intValue())
          .as("what was lost")
          .isNotEqualTo(70);
    }
  }

  /** Browsers in any number keep no service from its flags. */
  @Test
  void streams_ofOfrepsEvents_leaveRoomForThoseOfFlags(RealPostgres postgres) throws Exception {
    try (Office small = new Office(postgres, 1)) {
      String events = "/flags/" + set + "/ofrep/v1/events";
      readers.add(EventReader.open(small.url(events)).opened());
      assertThat(small.get(events).statusCode()).isEqualTo(503);

      assertThat(follow(small).first(1).get(0).event()).isEqualTo("flags");
      assertThat(
              small.get("/api/v1/flags/" + set, "Accept", "text/event-stream").statusCode())
          .isEqualTo(503);
    }
  }

  @Test
  void stream_whereNothingHappens_beats() throws Exception {
    EventReader reader = follow(one);
    reader.first(1);

    await().until(() -> !reader.comments.isEmpty());
  }

  @Test
  void ofrepEvents_onChange_askToFetchAnew() throws Exception {
    EventReader reader = EventReader.open(two.url("/flags/" + set + "/ofrep/v1/events"));
    readers.add(reader);
    Event first = reader.first(1).get(0);
    assertThat(first.event()).isEqualTo("message");
    assertThat(first.data().get("type").stringValue()).isEqualTo("refetchEvaluation");

    change("page-size", size(70));
    Event second = reader.first(2).get(1);
    assertThat(second.id()).startsWith("2-");
    assertThat(second.data().get("etag").stringValue()).isEqualTo('"' + second.id() + '"');

    EventReader back = EventReader.open(
            two.url("/flags/" + set + "/ofrep/v1/events"), "Last-Event-ID", second.id())
        .opened();
    readers.add(back);
    one.flags.kill(set, ANA, "banner", true);
    assertThat(back.first(1).get(0))
        .as("it had the newest")
        .isEqualTo(reader.first(3).get(2));
    await()
        .during(Duration.ofMillis(300))
        .until(() -> reader.events.size() == 3); // the document says what the kill said
  }

  @Test
  void ofrep_afterAnEventOfAnotherNode_answersNoOlderFlags(RealPostgres postgres) throws Exception {
    two.flagHub.get(set);
    two.flagHub.close(); // hears of nothing any more
    try {
      change("page-size", size(70));
      await().until(() -> one.flagHub.get(set).revision() == 2);
      EventReader reader = EventReader.open(one.url("/flags/" + set + "/ofrep/v1/events"));
      readers.add(reader);
      String etag = reader.first(1).get(0).id();

      String all = "/flags/" + set + "/ofrep/v1/evaluate/flags";
      String stale = two.post(all, "application/json", "{}").body();
      String fresh = two.post(all + "?flagConfigEtag=%22" + etag + "%22", "application/json", "{}")
          .body();
      assertThat(stale).contains("\"value\":20").doesNotContain("\"value\":70");
      assertThat(fresh).contains("\"value\":70");
    } finally {
      two.close();
      two = new Office(postgres);
    }
  }

  /** What a client holds that only adds up events is what the database has, whatever happens in whatever order. */
  @Test
  void follow_manyChangesAndReconnects_addUpToTheDocument() throws Exception {
    Random random = new Random(11);
    EventReader reader = follow(two);
    reader.first(1);
    for (int i = 0; i < 60; i++) {
      String key = "flag-" + random.nextInt(8);
      switch (random.nextInt(5)) {
        case 0 -> {
          if (one.flags.find(set).orElseThrow().keys().contains(key)) {
            change(key, null);
          }
        }
        case 1 -> one.flags.kill(set, ANA, "banner", random.nextBoolean());
        case 2 ->
          one.flags.put(
              set,
              ANA,
              committed(),
              Flags.parse(
                  "{\"metadata\":{\"n\":" + i + "},\"flags\":{\"banner\":" + size(i) + "}}"));
        default -> change(key, size(i));
      }
      if (random.nextInt(10) == 0) {
        reader.close();
        await().until(reader::isEnded);
        Held held = new Held().take(reader.events);
        EventReader next = follow(two, "Last-Event-ID", held.id);
        next.first(1);
        next.events.addAll(
            0, reader.events.stream().filter(event -> !event.id().isEmpty()).toList());
        reader = next;
      }
    }
    EventReader last = reader;
    long revision = committed();
    await().until(() -> new Held().take(last.events).revision == revision);
    assertThat(new Held().take(last.events).document)
        .isEqualTo(JSON.readTree(one.flags.find(set).orElseThrow().toJson()));
  }

  /** A client in its simplest form, which takes no event that does not follow on what it has. */
  private static final class Held {
    private ObjectNode document = JSON.createObjectNode();
    private long revision = -1;
    private String id = "";

    Held take(List<Event> events) {
      for (Event event : events) {
        JsonNode data = event.data();
        id = event.id().isEmpty() ? id : event.id();
        if (event.event().equals("flags")) {
          document = (ObjectNode) data.get("document").deepCopy();
          revision = data.get("revision").longValue();
        } else if (event.event().equals("change")) {
          assertThat(data.get("from").longValue()).isEqualTo(revision);
          ObjectNode flags = (ObjectNode) document.get("flags");
          data.get("flags").properties().forEach(flag -> {
            if (flag.getValue().isNull()) {
              flags.remove(flag.getKey());
            } else {
              flags.set(flag.getKey(), flag.getValue());
            }
          });
          revision = data.get("revision").longValue();
        }
      }
      return this;
    }
  }
}
