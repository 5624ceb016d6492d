package dev.chasqui.app;

import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Node;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.app.store.Settings;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.tracing.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import tools.jackson.databind.node.JsonNodeFactory;

/** A database with three settings and two companies of two devices each: a1, a2 of acme, b1, b2 of bolt. */
public final class TestFleet implements AutoCloseable {
  public static final Setting<Integer> FPS =
      Setting.ofInt("camera.fps").between(1, 60).withDefault(15);
  public static final Setting<Integer> VOLUME =
      Setting.ofInt("audio.volume").between(0, 1_000_000).withDefault(5);
  public static final Setting<String> TEXT = Setting.ofString("ui.text").withDefault("");
  public static final Scope ACME = new Scope("company", "acme");
  public static final Scope BOLT = new Scope("company", "bolt");

  /** Makes no spans. */
  public static final Tracing TRACING = Tracing.of("test", OpenTelemetry.noop());

  public final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  public final RealPostgres postgres;
  public final Database database;
  public final Settings settings;
  public final Fleet fleet;
  public final Profiles profiles;
  public final Changes changes;

  public TestFleet(RealPostgres postgres) {
    this.postgres = postgres;
    database = Database.open(postgres.jdbcUrl(), postgres.username(), postgres.password(), meters);
    settings = new Settings(jdbi());
    fleet = new Fleet(jdbi());
    profiles = new Profiles(jdbi());
    changes = new Changes(jdbi(), settings, fleet, TestFleet.TRACING);
    settings.declare(List.of(FPS, VOLUME, TEXT));
    enrol(
        company("acme"),
        company("bolt"),
        device("a1", ACME),
        device("a2", ACME),
        device("b1", BOLT),
        device("b2", BOLT));
  }

  public Jdbi jdbi() {
    return database.jdbi();
  }

  public static Changes.Signature signature() {
    return new Changes.Signature("ann", "test");
  }

  public static Node company(String key) {
    return new Node(new Scope("company", key), key, Scope.GLOBAL, 0, List.of());
  }

  public static Node device(String key, Scope parent, Scope... groups) {
    return new Node(new Scope("device", key), key, parent, 0, List.of(groups));
  }

  /** Enrols nodes; returns the revision. */
  public long enrol(Node... nodes) {
    return within(() -> database.jdbi().inTransaction(handle -> {
      Changes.Draft draft = changes.begin(handle, signature());
      List<String> fields =
          IntStream.range(0, nodes.length).mapToObj(i -> "/nodes/" + i).toList();
      List<Problem> problems = draft.enrol(List.of(nodes), fields);
      if (!problems.isEmpty()) {
        throw new RefusedException(problems);
      }
      return draft.finish().orElseThrow();
    }));
  }

  /** Does something in a trace that nobody samples. */
  private static <T> T within(Supplier<T> body) {
    return TRACING
        .extract(Map.of("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"))
        .wrapSupplier(body)
        .get();
  }

  /** Sets a whole number; returns the revision, empty if it was so. */
  public OptionalLong set(Scope scope, Setting<Integer> setting, int value) {
    return within(() -> changes.commit(signature(), List.of(edit(scope, setting, value))));
  }

  public static Changes.Edit edit(Scope scope, Setting<Integer> setting, int value) {
    return new Changes.Edit(
        scope, setting.key(), JsonNodeFactory.instance.numberNode(value), "/edits/0");
  }

  @Override
  public void close() {
    database.close();
  }
}
