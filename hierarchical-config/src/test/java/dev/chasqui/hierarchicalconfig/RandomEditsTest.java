package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.ObjectNode;

/** Random edits of random cases: what {@code with} comes to is what resolving anew comes to. */
final class RandomEditsTest {
  private static final int CASES = 800;
  private static final int EDITS_EACH = 6;

  @Test
  void with_randomEditsOneAfterAnother_isAsResolvedAnew() {
    int compared = 0;
    for (int seed = 0; seed < CASES; seed++) {
      JsonNode random = RandomCases.next(seed);
      Resolver resolver = new Resolver(
          Manifest.read(random.path("manifest")),
          ResolutionCase.hierarchy(random.path("levels")),
          ResolutionCase.RULES);
      List<Profile> profiles = new ArrayList<>(
          random.path("profiles").valueStream().map(ProfileJson::readProfile).toList());
      if (profiles.isEmpty() || ResolutionCase.outcome(random).has("refused")) {
        continue;
      }
      compared++;
      DeviceContext context = random.path("facts") instanceof ObjectNode facts
          ? new DeviceContext(facts)
          : DeviceContext.NONE;
      Instant at = Instant.parse(random.path("at").stringValue());
      Random dice = new Random(seed);
      EffectiveConfig config = resolver.resolve(profiles, context, at);
      for (int i = 0; i < EDITS_EACH; i++) {
        int place = dice.nextInt(profiles.size());
        Profile edited = edited(profiles, place, dice);
        config = config.with(ProfileEdits.between(profiles.get(place), edited));
        profiles.set(place, edited);
        String where = "seed " + seed + ", edit " + i;
        EffectiveConfig anew = resolver.resolve(profiles, context, at);
        assertSame(resolver, config, anew, where);
        // Not each time: one that is asked for is what the next is made from.
        if (i == EDITS_EACH - 1 || dice.nextInt(3) == 0) {
          assertThat(config.fingerprint()).as(where).isEqualTo(anew.fingerprint());
        }
      }
    }
    assertThat(compared).isGreaterThan(CASES / 2);
  }

  @Test
  void with_keysThatComeAndGo_readsWhatAMapWouldHold() {
    List<Setting<Integer>> settings = IntStream.range(0, 300)
        .mapToObj(i -> Setting.ofInt("setting-" + i).withDefault(-i))
        .toList();
    Scope device = Scope.parse("device:d");
    for (int seed = 0; seed < 10; seed++) {
      Random dice = new Random(seed);
      Map<String, Integer> expected = new TreeMap<>();
      EffectiveConfig config = new Resolver(Catalogue.of(settings), Hierarchy.DEFAULT)
          .resolve(List.of(Profile.empty(device)), DeviceContext.NONE, Instant.EPOCH);
      for (int revision = 1; revision < 300; revision++) {
        Map<String, Entry> set = new TreeMap<>();
        Set<String> removed = new TreeSet<>();
        int limit = 1 + dice.nextInt(300); // the table fills, and empties again
        for (int i = dice.nextInt(12); i >= 0; i--) {
          String key = "setting-" + dice.nextInt(300);
          if (dice.nextInt(300) < limit) {
            set.put(key, Entry.of(IntNode.valueOf(revision)));
          } else if (!set.containsKey(key)) {
            removed.add(key);
          }
        }
        removed.removeAll(set.keySet());
        config = config.with(new ProfileEdits(device, revision - 1, revision, set, removed));
        for (String key : set.keySet()) {
          expected.put(key, revision);
        }
        expected.keySet().removeAll(removed);
        for (Setting<Integer> setting : settings) {
          assertThat(config.get(setting))
              .as("seed %d, revision %d, %s", seed, revision, setting)
              .isEqualTo(expected.getOrDefault(setting.key(), setting.defaultValue()));
        }
        assertThat(config.plainContent().keySet()).isEqualTo(expected.keySet());
      }
    }
  }

  /** With some entries gone, and some as another profile or key has them. */
  private static Profile edited(List<Profile> profiles, int place, Random dice) {
    Profile profile = profiles.get(place);
    Profile other = profiles.get(dice.nextInt(profiles.size()));
    List<Entry> others = List.copyOf(other.entries().values());
    Map<String, Entry> entries = new TreeMap<>(profile.entries());
    entries.keySet().removeIf(key -> dice.nextInt(4) == 0);
    other.entries().forEach((key, entry) -> {
      if (dice.nextInt(3) == 0) {
        entries.put(key, dice.nextInt(3) == 0 ? others.get(dice.nextInt(others.size())) : entry);
      }
    });
    return new Profile(profile.scope(), profile.revision() + 1, profile.priority(), entries);
  }

  private static void assertSame(
      Resolver resolver, EffectiveConfig config, EffectiveConfig anew, String place) {
    assertThat(config.content()).as(place).isEqualTo(anew.content());
    assertThat(config.violations()).as(place).isEqualTo(anew.violations());
    assertThat(config.differingKeys(anew)).as(place).isEmpty();
    assertThat(config.nextChange()).as(place).isEqualTo(anew.nextChange());
    for (Setting<?> setting : resolver.catalogue().settings()) {
      assertThat((Object) config.get(setting)).as(place).isEqualTo(anew.get(setting));
    }
  }
}
