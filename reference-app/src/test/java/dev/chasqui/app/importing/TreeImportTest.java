package dev.chasqui.app.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Imports whole trees of settings and profiles with faults in them, and checks every value. */
@ExtendWith(RealServers.class)
final class TreeImportTest {
  private final ImportTarget target;

  TreeImportTest(RealPostgres postgres) {
    target = new ImportTarget(postgres);
  }

  @AfterEach
  void close() {
    target.close();
  }

  @Test
  void run_smallTree_refusesWhatIsBadAndResolvesTheRest() throws IOException {
    check(ProfileTree.read(Path.of("src", "test", "resources", "small-fleet")), 3, 1, 2);
  }

  @Test
  void run_px4Tree_refusesWhatIsBadAndResolvesTheRest() throws IOException {
    Optional<Path> data = px4();
    assumeTrue(
        data.isPresent(),
        "no PX4 data: name its directory by -Dchasqui.px4 or CHASQUI_PX4, or put it at shared/data/px4"
            + " beside the repository");
    // 39 rules broken by 37 overrides: MNT_MODE_OUT and RBCLW_BAUD are out of range and no choice,
    // and a value out of range is not looked at further
    check(ProfileTree.read(data.get()), 33, 4, 157);
  }

  private static Optional<Path> px4() {
    String named = System.getProperty("chasqui.px4", System.getenv("CHASQUI_PX4"));
    if (named != null) {
      return Optional.of(Path.of(named)).filter(Files::isDirectory);
    }
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      Path data = up.resolve(Path.of("shared", "data", "px4"));
      if (Files.isDirectory(data)) {
        return Optional.of(data);
      }
    }
    return Optional.empty();
  }

  private void check(ProfileTree tree, long outOfRange, long notAChoice, long unknown) {
    String empty = target.state();
    assertThatThrownBy(() -> target.json(tree.toImport().toString(), false))
        .isInstanceOf(RefusedException.class);
    assertThat(target.state()).isEqualTo(empty);

    ImportReport report = target.json(tree.toImport().toString(), true);

    Map<String, Long> byRule = report.refused().stream()
        .collect(Collectors.groupingBy(Problem::rule, Collectors.counting()));
    assertThat(byRule)
        .isEqualTo(Map.of(
            "out-of-range", outOfRange, "not-a-choice", notAChoice, "unknown-setting", unknown));
    assertThat(report.refused()).allSatisfy(problem -> {
      assertThat(problem.field()).matches("/profiles/\\d+/entries/.+");
      assertThat(problem.message()).matches("(?s).*\\(line \\d+, column \\d+\\)");
    });
    assertThat(report.settings()).isEqualTo(tree.settings().size());
    assertThat(report.edits() + report.refusals()).isEqualTo(tree.overrides());
    tree.profiles().keySet().forEach(profile -> checkValues(tree, profile));
  }

  private void checkValues(ProfileTree tree, String profile) {
    Resolver resolver = new Resolver(target.settings.catalogue(), Fleet.HIERARCHY);
    String device = tree.deviceOf(profile);
    EffectiveConfig config = resolver.resolve(
        target.profiles.onPathOf(device).profiles(), DeviceContext.NONE, Instant.now());
    Map<String, Double> effective = tree.settings().keySet().stream()
        .collect(Collectors.toMap(Function.identity(), key -> number(config.json(key))));
    assertThat(effective).as(profile).isEqualTo(tree.effective(profile));
    assertThat(target.fleet.pathOf(device)).hasSizeGreaterThanOrEqualTo(4);
  }

  private static double number(@org.jspecify.annotations.Nullable JsonNode json) {
    return Objects.requireNonNull(json).doubleValue();
  }
}
