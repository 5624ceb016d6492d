package dev.chasqui.hierarchicalconfig;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A small fleet of dashcams and gateways: its settings, its profiles, and what each device gets. */
final class FleetExampleTest {
  private final JsonNode fleet = read();
  private final Catalogue catalogue = Manifest.read(fleet.get("manifest"));
  private final Resolver resolver = new Resolver(catalogue, Hierarchy.DEFAULT);

  private static JsonNode read() {
    try (InputStream file =
        requireNonNull(FleetExampleTest.class.getResourceAsStream("fleet.json"))) {
      return JsonMapper.shared().readTree(file.readAllBytes());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Profile> onPath(JsonNode device) {
    List<Profile> profiles = new ArrayList<>();
    for (JsonNode profile : fleet.get("profiles")) {
      if (strings(device.get("path")).contains(profile.get("scope").stringValue())) {
        profiles.add(ProfileJson.readProfile(profile));
      }
    }
    return profiles;
  }

  private static List<String> strings(JsonNode list) {
    return list.valueStream().map(JsonNode::stringValue).toList();
  }

  @Test
  void resolve_everyDevice_getsTheValuesExpected() {
    assertThat(catalogue.settings())
        .extracting(setting -> setting.type().kind())
        .contains(SettingType.Kind.values());
    for (JsonNode device : fleet.get("devices")) {
      EffectiveConfig config = resolver.resolve(onPath(device), DeviceContext.NONE, Instant.EPOCH);
      for (Setting<?> setting : catalogue.settings()) {
        JsonNode expected = device.get("expected").get(setting.key());
        assertThat(config.json(setting.key()))
            .as("%s of %s", setting.key(), device.get("path"))
            .isEqualTo(expected == null ? setting.defaultJson() : expected);
      }
      assertThat(config.violations())
          .extracting(Violation::toString)
          .containsExactlyElementsOf(strings(device.get("violations")));
      assertThat(config.unknownKeys()).containsExactlyElementsOf(strings(device.get("unknown")));
    }
  }

  @Test
  void with_editsOfTheFile_changeJustTheKeyWhoseValueDiffers() {
    ProfileEdits edits = ProfileJson.readEdits(fleet.get("edits"));
    for (JsonNode device : fleet.get("devices")) {
      List<Profile> before = onPath(device);
      List<Profile> after = before.stream()
          .map(profile -> profile.scope().equals(edits.scope()) ? profile.with(edits) : profile)
          .toList();

      assertThat(resolver
              .resolve(before, DeviceContext.NONE, Instant.EPOCH)
              .differingKeys(resolver.resolve(after, DeviceContext.NONE, Instant.EPOCH)))
          .as("%s", device.get("path"))
          .containsExactlyElementsOf(strings(device.get("edited")));
    }
  }
}
