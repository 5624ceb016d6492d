package dev.chasqui.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ConvergenceLineTest {
  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text.replace('\'', '"'));
  }

  private final JsonNode change = json(
      "{'revision': 12, 'author': 'maria', 'editCount': 1, 'edits': [{'scope': 'company:andes-haul',"
          + " 'key': 'camera.fps', 'before': 15, 'after': 30}]}");

  @Test
  void of_changeOnItsWay_saysWhoWhatAndHowFar() {
    JsonNode progress = json(
        "{'targets': 240, 'effective': 212, 'refused': 0, 'offline': 28, 'p50Millis': 180, 'p99Millis': 610}");
    assertThat(ConvergenceLine.of(change, progress))
        .isEqualTo("revision 12 · maria: camera.fps 15 → 30 at company:andes-haul  ██████████░░"
            + " 212/240 effective · p50 180 ms · p99 610 ms · 28 offline");
    assertThat(ConvergenceLine.isSettled(progress)).isTrue();
  }

  @Test
  void of_changeWithoutTargetsOrTimes_leavesThemOut() {
    JsonNode removed =
        json("{'revision': 1, 'author': 'a', 'editCount': 1, 'edits': [{'scope': 'global:all',"
            + " 'key': 'k', 'before': 'x', 'after': null}]}");
    assertThat(ConvergenceLine.of(removed, json("{'targets': 0, 'effective': 0}")))
        .isEqualTo("revision 1 · a: k x → (inherited) at global:all  ████████████ 0/0 effective");
  }

  @Test
  void isSettled_devicesToCome_isFalse() {
    assertThat(ConvergenceLine.isSettled(
            json("{'targets': 3, 'effective': 1, 'refused': 1, 'offline': 0}")))
        .isFalse();
  }
}
