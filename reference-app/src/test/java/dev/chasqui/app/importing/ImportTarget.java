package dev.chasqui.app.importing;

import dev.chasqui.app.TestFleet;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.app.store.Settings;
import dev.chasqui.realservers.RealPostgres;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** A database to import into. */
final class ImportTarget implements AutoCloseable {
  static final Changes.Signature SIGNATURE = new Changes.Signature("maria", "test");

  final Database database;
  final Settings settings;
  final Fleet fleet;
  final Profiles profiles;
  final Changes changes;
  final Importer importer;

  ImportTarget(RealPostgres postgres) {
    database = Database.open(
        postgres.jdbcUrl(), postgres.username(), postgres.password(), new SimpleMeterRegistry());
    settings = new Settings(database.jdbi());
    fleet = new Fleet(database.jdbi());
    profiles = new Profiles(database.jdbi());
    changes = new Changes(database.jdbi(), settings, fleet, TestFleet.TRACING);
    importer = new Importer(database.jdbi(), changes);
  }

  ImportReport json(String text, boolean keepGoing) {
    return importer.run(stream(text), ImportFormat.JSON, keepGoing, SIGNATURE);
  }

  ImportReport yaml(String text, boolean keepGoing) {
    return importer.run(stream(text), ImportFormat.YAML, keepGoing, SIGNATURE);
  }

  static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** All there is, as text: equal before and after when nothing was changed. */
  String state() {
    List<String> tables = List.of(
        "clock", "scope", "membership", "device_path", "setting", "entry", "change", "outbox");
    return database
        .jdbi()
        .withHandle(handle -> tables.stream()
            .map(table -> table + ": "
                + handle
                    .createQuery(
                        "select coalesce(string_agg(t::text, E'\\n' order by t::text), '') from "
                            + table + " t")
                    .mapTo(String.class)
                    .one())
            .collect(Collectors.joining("\n\n")));
  }

  @Override
  public void close() {
    database.close();
  }
}
