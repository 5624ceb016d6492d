package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.chasqui.hierarchicalconfig.Explanation.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

final class ResolverTest {
  private static final Setting<Integer> FPS =
      Setting.ofInt("camera.fps").between(1, 60).unit("fps").withDefault(15);
  private static final Setting<Duration> INTERVAL =
      Setting.ofDuration("gateway.upload-interval").withDefault(Duration.ofMinutes(1));
  private static final Setting<JsonNode> AREA =
      Setting.ofObject("camera.area", JsonNode.class).withDefault(json("{}"));
  private final Resolver resolver =
      new Resolver(Catalogue.of(FPS, INTERVAL, AREA), Hierarchy.DEFAULT);

  /** Each entry is {@code key=json}, of the profile's revision, made by ann. */
  private static Profile profile(String scope, int revision, int priority, String... entries) {
    Map<String, Entry> read = new TreeMap<>();
    for (String entry : entries) {
      int equals = entry.indexOf('=');
      read.put(
          entry.substring(0, equals),
          new Entry(json(entry.substring(equals + 1)), revision, "ann"));
    }
    return new Profile(Scope.parse(scope), revision, priority, read);
  }

  private EffectiveConfig resolve(Profile... profiles) {
    return resolver.resolve(List.of(profiles), DeviceContext.NONE, Instant.EPOCH);
  }

  @Test
  void get_noProfileSetsIt_isTheDefault() {
    assertThat(resolve().get(FPS)).isEqualTo(15);
    assertThat(resolve().json("camera.fps")).isEqualTo(json("15"));
    assertThat(resolve().json("other")).isNull();
    assertThat(resolve().explain("camera.fps").toText()).isEqualTo("camera.fps = 15\n  default\n");
  }

  @Test
  void get_severalLevelsSetIt_isTheNearest() {
    EffectiveConfig config = resolve(
        profile("device:d", 9, 0, "camera.fps=25.0"),
        profile("global:all", 1, 0, "camera.fps=10", "gateway.upload-interval='PT30S'"),
        profile("group:g", 4, 0, "camera.fps=20"));
    assertThat(config.get(FPS)).isEqualTo(25);
    assertThat(config.get(INTERVAL)).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.json("camera.fps")).isEqualTo(json("25"));
  }

  @Test
  void get_settingOfAnotherCatalogue_isRefused() {
    Setting<Integer> sameKey = Setting.ofInt("camera.fps").withDefault(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> resolve().get(sameKey))
        .withMessage("setting \"camera.fps\" is not in the catalogue resolved");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Catalogue.of(FPS, sameKey))
        .withMessage("setting \"camera.fps\" is declared twice");
  }

  @Test
  void resolve_constraintsNarrowerOnThisDevice_nextNearestWinsAndTheRuleIsNamed() {
    EffectiveConfig config = resolve(
        profile("global:all", 1, 0, "camera.fps=10"),
        profile("company:acme", 2, 0, "camera.fps='x'"),
        profile("device:d", 3, 0, "camera.fps=90"));

    assertThat(config.get(FPS)).isEqualTo(10);
    assertThat(config.violations())
        .extracting(Violation::toString)
        .containsExactly(
            "device:d: camera.fps: must be between 1 and 60 fps, was 90",
            "company:acme: camera.fps: must be a whole number of 32 bits, was \"x\"");
    assertThat(config.violations().get(0).rule().code()).isEqualTo("out-of-range");
  }

  @Test
  void resolve_invalidEntryThatIsOverridden_isOnlyInTheExplanation() {
    EffectiveConfig config = resolve(
        profile("global:all", 1, 0, "camera.fps=90"), profile("device:d", 2, 0, "camera.fps=30"));

    assertThat(config.violations()).isEmpty();
    assertThat(config.explain("camera.fps").losers())
        .extracting(Explanation.Loser::reason)
        .containsExactly(Reason.INVALID);
  }

  @Test
  void resolve_unknownKeys_areCarried() {
    EffectiveConfig config = resolve(
        profile("global:all", 1, 0, "camera.hdr=true", "camera.new={'a':1}"),
        profile("device:d", 2, 0, "camera.hdr=false"));

    assertThat(config.unknownKeys()).containsExactly("camera.hdr", "camera.new");
    assertThat(config.json("camera.hdr")).isEqualTo(json("false"));
    assertThat(config.violations()).isEmpty();
    assertThat(config.explain("camera.hdr").losers()).hasSize(1);
    Violation unknown = Catalogue.of(FPS).check("camera.hdr", json("true"));
    assertThat(unknown).hasToString("camera.hdr: no setting of this key is declared");
  }

  @Test
  void explain_manyCandidates_namesWinnerAndWhyOthersLost() {
    EffectiveConfig config = resolve(
        profile("global:all", 1, 0, "camera.fps=10"),
        profile("company:acme", 2, 0, "camera.fps=0"),
        profile("group:a", 3, 5, "camera.fps=20"),
        profile("group:b", 4, 5, "camera.fps=21"),
        profile("group:c", 5, 1, "camera.fps=22"),
        profile("device:d", 6, 0, "camera.fps=99"));

    Explanation explanation = config.explain("camera.fps");

    assertThat(requireNonNull(explanation.winner()).scope()).isEqualTo(Scope.parse("group:a"));
    assertThat(explanation.losers())
        .extracting(Explanation.Loser::reason)
        .containsExactly(
            Reason.INVALID, Reason.PRIORITY, Reason.PRIORITY, Reason.INVALID, Reason.OVERRIDDEN);
    assertThat(explanation.toText()).isEqualTo("""
            camera.fps = 20
              from group:a: 20 (revision 3, ann)
              not device:d: 99 (revision 6, ann), must be between 1 and 60 fps, was 99
              not group:b: 21 (revision 4, ann), group:a of the same priority sorts first
              not group:c: 22 (revision 5, ann), group:a has a higher priority: 5, not 1
              not company:acme: 0 (revision 2, ann), must be between 1 and 60 fps, was 0
              not global:all: 10 (revision 1, ann), overridden by group:a
            """);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.explain("nothing"))
        .withMessage("setting \"nothing\" is neither declared nor set");
  }

  @Test
  void differingKeys_ofTwoConfigs_areThoseWhoseValueDiffers() {
    EffectiveConfig before = resolve(
        profile("global:all", 1, 0, "gateway.upload-interval='PT60S'", "old=1", "same=[1]"));
    EffectiveConfig after = resolve(
        profile("global:all", 2, 0, "camera.fps=15", "new=1", "same=[1.0]", "camera.area={'x':1}"));

    // An entry that says the default, and another spelling of a value, are no difference.
    assertThat(before.differingKeys(after)).containsExactly("camera.area", "new", "old");
    assertThat(after.differingKeys(before)).containsExactly("camera.area", "new", "old");
    assertThat(before.differingKeys(before)).isEmpty();
  }

  @Test
  void differingKeys_objectOfAClass_comparesContentAlsoWhatTheClassIgnores() {
    Setting<SettingTest.Opaque> opaque =
        Setting.ofObject("opaque", SettingTest.Opaque.class).withDefault(new SettingTest.Opaque());
    Resolver other = new Resolver(Catalogue.of(opaque), Hierarchy.DEFAULT);
    EffectiveConfig none = other.resolve(List.of(), DeviceContext.NONE, Instant.EPOCH);
    EffectiveConfig same = other.resolve(
        List.of(profile("global:all", 1, 0, "opaque={'id':7}")), DeviceContext.NONE, Instant.EPOCH);
    EffectiveConfig more = other.resolve(
        List.of(profile("global:all", 1, 0, "opaque={'id':7,'more':1}")),
        DeviceContext.NONE,
        Instant.EPOCH);

    assertThat(same.differingKeys(none)).isEmpty();
    assertThat(more.differingKeys(none)).containsExactly("opaque");
  }

  @Test
  void differingKeys_otherDefaults_differ() {
    Setting<Integer> slower = Setting.ofInt("camera.fps").withDefault(5);
    EffectiveConfig other = new Resolver(Catalogue.of(slower), Hierarchy.DEFAULT)
        .resolve(List.of(), DeviceContext.NONE, Instant.EPOCH);

    assertThat(resolve().differingKeys(other))
        .containsExactly("camera.area", "camera.fps", "gateway.upload-interval");
    assertThat(other.differingKeys(resolve()))
        .containsExactly("camera.area", "camera.fps", "gateway.upload-interval");
  }

  @Test
  void fingerprint_sameContent_isTheSameWhateverHistoryOrderAndCatalogue() {
    Profile global = profile("global:all", 1, 0, "camera.fps=10", "a={'y':1.0,'x':[2e0]}");
    Profile device = profile("device:d", 2, 0, "camera.fps=20");
    Profile flat = profile("company:c", 77, 3, "a={'x':[2],'y':1}", "camera.fps=20.0");

    String fingerprint = resolve(global, device).fingerprint();

    assertThat(fingerprint)
        .isEqualTo(resolve(device, global).fingerprint())
        .isEqualTo(resolve(flat).fingerprint())
        .isEqualTo(new Resolver(Catalogue.of(), Hierarchy.DEFAULT)
            .resolve(List.of(global, device), DeviceContext.NONE, Instant.EPOCH)
            .fingerprint())
        .isNotEqualTo(resolve(global).fingerprint());
    assertThat(resolve().fingerprintTree()).isEqualTo(FingerprintTree.EMPTY.with(Map.of()));
  }

  @Test
  void config_nodesChangedByOthers_staysAsItWas() {
    ObjectNode given = (ObjectNode) json("{'a':1}");
    Entry entry = new Entry(given, 1, "ann");
    Profile profile = new Profile(Scope.GLOBAL, 1, 0, Map.of("camera.area", entry));
    EffectiveConfig config = resolve(profile);

    given.put("a", 2);
    ((ObjectNode) entry.value()).put("a", 2);
    ((ObjectNode) config.get(AREA)).put("a", 2);
    ((ObjectNode) requireNonNull(config.json("camera.area"))).put("a", 2);
    Explanation explanation = config.explain("camera.area");
    ((ObjectNode) explanation.value()).put("a", 2);
    ((ObjectNode) requireNonNull(explanation.winner()).entry().value()).put("a", 2);
    ((ObjectNode) ProfileJson.write(profile).at("/entries/camera.area/value")).put("a", 2);
    config.unknownKeys().add("x");

    assertThat(entry.value()).isEqualTo(json("{'a':1}"));
    assertThat(config.get(AREA)).isEqualTo(json("{'a':1}"));
    assertThat(config.json("camera.area")).isEqualTo(json("{'a':1}"));
    assertThat(explanation.value()).isEqualTo(json("{'a':1}"));
    assertThat(requireNonNull(config.explain("camera.area").winner()).entry()).isEqualTo(entry);
    assertThat(config.unknownKeys()).isEmpty();
    ((ObjectNode) resolve().get(AREA)).put("a", 2);
    assertThat(resolve().get(AREA)).isEqualTo(json("{}"));
  }

  @Test
  void resolve_mergedListThatTheClassRefuses_isPassedOver() {
    Setting<List<Integer>> list =
        Setting.ofList("list", Integer.class).merge(Merge.APPEND).withDefault(List.of(1));
    EffectiveConfig config = new Resolver(Catalogue.of(list), Hierarchy.DEFAULT)
        .resolve(
            List.of(
                profile("company:acme", 1, 0, "list=[2]"),
                profile("vehicle:v", 2, 0, "list=['x']"),
                profile("device:d", 3, 0, "list=[3]")),
            DeviceContext.NONE,
            Instant.EPOCH);

    assertThat(config.get(list)).containsExactly(1, 2, 3);
    assertThat(config.json("list")).isEqualTo(json("[1, 2, 3]"));
    assertThat(config.violations())
        .extracting(Violation::toString)
        .containsExactly("vehicle:v: list: must be a list of the declared shape, was a list");
  }

  @Test
  void explain_mergedEntries_namesEachThatTheValueIsPutTogetherOf() {
    Setting<List<Integer>> list =
        Setting.ofList("list", Integer.class).merge(Merge.UNION).withDefault(List.of());
    EffectiveConfig config = new Resolver(Catalogue.of(list), Hierarchy.DEFAULT)
        .resolve(
            List.of(
                profile("global:all", 1, 0, "list=[1]"),
                profile("company:acme", 2, 0, "list=[2]"),
                profile("device:d", 3, 0, "list=[3]")),
            DeviceContext.NONE,
            Instant.EPOCH);

    assertThat(config.explain("list").toText()).isEqualTo("""
            list = [1,2,3]
              from device:d: [3] (revision 3, ann)
              with company:acme: [2] (revision 2, ann)
              with global:all: [1] (revision 1, ann)
            """);
  }

  @Test
  void explain_groupTakenFromElsewhere_saysFromWhere() {
    Setting<String> name = Setting.ofString("wifi.name").atomic("wifi").withDefault("");
    Setting<Integer> channel =
        Setting.ofInt("wifi.channel").between(1, 13).atomic("wifi").withDefault(1);
    Resolver grouped = new Resolver(Catalogue.of(name, channel), Hierarchy.DEFAULT);
    Profile broken = profile("device:d", 2, 0, "wifi.name='b'", "wifi.channel=99");

    EffectiveConfig fromNobody =
        grouped.resolve(List.of(broken), DeviceContext.NONE, Instant.EPOCH);
    EffectiveConfig fromCompany = grouped.resolve(
        List.of(profile("company:acme", 1, 0, "wifi.name='a'"), broken),
        DeviceContext.NONE,
        Instant.EPOCH);

    assertThat(fromNobody.explain("wifi.name").toText()).isEqualTo("""
            wifi.name = ""
              default
              not device:d: "b" (revision 2, ann), group "wifi" is taken together, from no profile
            """);
    assertThat(fromCompany.explain("wifi.name").toText()).isEqualTo("""
            wifi.name = "a"
              from company:acme: "a" (revision 1, ann)
              not device:d: "b" (revision 2, ann), group "wifi" is taken together, from company:acme
            """);
  }

  @Test
  void with_editsOfAScopeThatIsNotOnThePath_isRefused() {
    EffectiveConfig config = resolve(profile("company:acme", 1, 0, "camera.fps=10"));
    ProfileEdits edits = new ProfileEdits(Scope.GLOBAL, 0, 2, Map.of(), Set.of("camera.fps"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.with(edits))
        .withMessage("no profile of global:all is on the path");
  }

  @Test
  void with_editsOfThePriority_putsTheProfilesInTheirNewOrder() {
    EffectiveConfig config = resolve(
        profile("group:a", 1, 2, "camera.fps=10"),
        profile("group:b", 1, 1, "camera.fps=20"),
        profile("device:d", 1, 0));
    EffectiveConfig edited =
        config.with(new ProfileEdits(Scope.parse("group:b"), 1, 2, Map.of(), Set.of(), 3));

    assertThat(config.get(FPS)).isEqualTo(10);
    assertThat(edited.get(FPS)).isEqualTo(20);
    assertThat(edited.explain("camera.fps").losers())
        .extracting(Explanation.Loser::reason)
        .containsExactly(Reason.PRIORITY);
  }

  @Test
  void invariant_thatCannotBe_isRefused() {
    JsonNode rule = json("true");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Invariant("a b", Map.of("x", "k"), rule, ""))
        .withMessageStartingWith("name of an invariant must match");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Invariant("i", Map.of("x", "a b"), rule, ""))
        .withMessageStartingWith("setting key in invariant i must match");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Invariant("i", Map.of(), rule, ""))
        .withMessage("invariant \"i\" must name at least one value");
  }
}
