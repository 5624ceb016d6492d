package dev.chasqui.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.app.TestFleet;
import dev.chasqui.app.importing.ImportFormat;
import dev.chasqui.app.importing.ImportReport;
import dev.chasqui.app.importing.Importer;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Settings;
import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagLint;
import dev.chasqui.featureflags.FlagSet;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.SettingType;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RealServers.class)
final class DemoDataTest {
  @Test
  void files_imported_giveThreeCompaniesAndSettingsOfAllKinds(RealPostgres postgres) {
    try (Database database = Database.open(
        postgres.jdbcUrl(), postgres.username(), postgres.password(), new SimpleMeterRegistry())) {
      Settings settings = new Settings(database.jdbi());
      Fleet fleet = new Fleet(database.jdbi());
      Importer importer = new Importer(
          database.jdbi(), new Changes(database.jdbi(), settings, fleet, TestFleet.TRACING));
      Changes.Signature demo = new Changes.Signature("demo", "");

      importer.run(DemoData.fleetFile(), ImportFormat.JSON, false, demo);
      importer.run(DemoData.settingsFile(), ImportFormat.YAML, false, demo);
      ImportReport profiles = importer.run(DemoData.profilesFile(), ImportFormat.YAML, false, demo);

      assertThat(profiles.edits()).isGreaterThan(30);
      assertThat(fleet.size()).isEqualTo(new Fleet.Size(3, 9, 150, 300));
      assertThat(settings.catalogue().settings().stream().map(Setting::type).map(SettingType::kind))
          .contains(SettingType.Kind.values());
      assertThat(settings.catalogue().settings())
          .hasSizeGreaterThanOrEqualTo(40)
          .allSatisfy(setting -> {
            assertThat(setting.description()).isNotEmpty();
            assertThat(setting.section()).isNotEmpty();
            assertThat(setting.owner()).isNotEmpty();
          });
    }
  }

  @Test
  void flags_compiled_haveNoMistakes() throws IOException {
    FlagDocument document;
    try (InputStream file = DemoData.flagsFile()) {
      document = FlagDocument.parse(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    }
    assertThat(FlagSet.of(document).problems()).isEmpty();
    assertThat(FlagLint.at(Instant.EPOCH).check(document)).isEmpty();
    assertThat(document.keys()).hasSize(4);
  }
}
