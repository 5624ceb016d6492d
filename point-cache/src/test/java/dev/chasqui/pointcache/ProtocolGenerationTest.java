package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pointcache.ProtocolGenerationModel.Generation;
import dev.chasqui.pointcache.ProtocolGenerationModel.Phase;
import dev.chasqui.pointcache.ProtocolGenerationModel.Wait;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goes through all that can happen while a namespace gets another generation, see {@link ProtocolGenerationModel}. */
final class ProtocolGenerationTest {
  private static final Set<Generation> BOTH = EnumSet.allOf(Generation.class);

  /** Before, the two between, and after. */
  private static final List<Phase> PHASES = List.of(
      new Phase(Generation.OLD, Set.of(Generation.OLD)),
      new Phase(Generation.OLD, BOTH),
      new Phase(Generation.NEW, BOTH),
      new Phase(Generation.NEW, Set.of(Generation.NEW)));

  private static final Set<Wait> WAITS = EnumSet.allOf(Wait.class);

  @Test
  void hit_whileGenerationChangesByPhases_isNeverStale() {
    ProtocolGenerationModel model = new ProtocolGenerationModel(PHASES, WAITS);
    ProtocolStates reached = model.reached();

    assertThat(reached.pathTo(model::isStale)).isEmpty();
    assertThat(reached.pathTo(model::isChangedAndCached)).isPresent();
  }

  @Test
  void hit_whereGenerationChangesAtOnce_mayBeStale() {
    assertThat(pathToStaleHit(List.of(PHASES.get(0), PHASES.get(3)), WAITS)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void hit_withoutOneOfThePhasesBetween_mayBeStale(int leftOut) {
    List<Phase> rest = new ArrayList<>(PHASES);
    rest.remove(leftOut);

    assertThat(pathToStaleHit(rest, WAITS)).isPresent();
  }

  @ParameterizedTest
  @EnumSource
  void hit_wherePhasesDoNotWait_mayBeStale(Wait leftOut) {
    Set<Wait> rest = EnumSet.complementOf(EnumSet.of(leftOut));

    assertThat(pathToStaleHit(PHASES, rest)).isPresent();
  }

  private static Optional<List<String>> pathToStaleHit(List<Phase> phases, Set<Wait> waits) {
    ProtocolGenerationModel model = new ProtocolGenerationModel(phases, waits);
    return model.reached().pathTo(model::isStale);
  }
}
