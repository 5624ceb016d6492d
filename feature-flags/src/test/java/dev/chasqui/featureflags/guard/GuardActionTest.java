package dev.chasqui.featureflags.guard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

final class GuardActionTest {
  private static ObjectNode flag(String off) {
    return (ObjectNode) JsonMapper.shared().readTree("""
        {"state": "ENABLED", "variants": {"on": true, "off": false, "old": false}, "defaultVariant": "on",
         "x-off": "%s", "targeting": {"if": [true, "on"]}, "x-targets": {"on": ["ann"]},
         "x-layer": {"name": "all", "from": 0, "to": 100},
         "x-schedule": [{"at": "2020-01-01T00:00:00Z", "variant": "on"}], "metadata": {"owner": "checkout"}}""".formatted(off));
  }

  @ParameterizedTest
  @CsvSource({
    "off, old, off, ENABLED",
    "nosuch, old, old, ENABLED",
    "'', old, old, ENABLED",
    "on, old, old, ENABLED",
    "nosuch, nosuch, on, DISABLED",
    "on, on, on, DISABLED"
  })
  void rollBack_givesEverybodyTheNearestThatDoesNoHarm(
      String baseline, String off, String given, String state) {
    ObjectNode flag = flag(off);
    ObjectNode before = flag.deepCopy();

    ObjectNode after = GuardAction.ROLL_BACK.applyTo(flag, "on", baseline);

    assertThat(after.propertyNames())
        .containsExactlyInAnyOrder("state", "variants", "defaultVariant", "x-off", "metadata");
    assertThat(after.get("defaultVariant").stringValue()).isEqualTo(given);
    assertThat(after.get("state").stringValue()).isEqualTo(state);
    assertThat(flag).isEqualTo(before);
  }

  @Test
  void kill_addsThatItIsKilled_holdNothing() {
    ObjectNode flag = flag("off");

    assertThat(GuardAction.KILL.applyTo(flag, "on", "off"))
        .isEqualTo(flag.deepCopy().put("x-killed", true));
    assertThat(GuardAction.HOLD.applyTo(flag, "on", "off")).isEqualTo(flag);
  }

  @ParameterizedTest
  @EnumSource
  void of_itsText_isItself(GuardAction action) {
    assertThat(GuardAction.of(action.text())).contains(action);
    assertThat(GuardAction.of(action.name())).isEmpty();
  }
}
