package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Explanation.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Random configurations against a resolver that asks, of each setting alone, who beats whom. */
final class ResolverPropertyTest {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Catalogue catalogue = Catalogue.of(
      Setting.ofInt("a").between(0, 50).withDefault(7),
      Setting.ofDouble("b").choices(1.0, 2.5, 30.0).withDefault(0.0),
      Setting.ofString("c").withDefault("none"),
      Setting.ofBoolean("d").withDefault(false));

  static LongStream seeds() {
    return LongStream.range(0, 500);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void resolve_randomProfiles_isWhatTheOracleSays(long seed) {
    Random random = new Random(seed);
    Hierarchy hierarchy = hierarchy(random);
    List<Profile> profiles = profiles(random, hierarchy);
    Collections.shuffle(profiles, random);

    EffectiveConfig config =
        new Resolver(catalogue, hierarchy).resolve(profiles, DeviceContext.NONE, Instant.EPOCH);

    for (String key : List.of("a", "b", "c", "d", "unknown", "other")) {
      Oracle oracle = new Oracle(catalogue, hierarchy, profiles, key);
      assertThat(config.json(key)).as("value of %s", key).isEqualTo(oracle.value());
      assertThat(config.unknownKeys().contains(key)).isEqualTo(oracle.unknown());
      if (oracle.value() != null) {
        Explanation explanation = config.explain(key);
        assertThat(explanation.winner()).as("winner of %s", key).isEqualTo(oracle.winner());
        assertThat(explanation.value()).isEqualTo(oracle.value());
        assertThat(explanation.losers())
            .as("losers of %s", key)
            .extracting(loser -> loser.candidate().scope() + " " + loser.reason())
            .isEqualTo(oracle.losers());
      }
    }
  }

  private static Hierarchy hierarchy(Random random) {
    return new Hierarchy(IntStream.range(0, 1 + random.nextInt(6))
        .mapToObj(i -> new Level("level-" + (char) ('z' - i), random.nextBoolean()))
        .toList());
  }

  private static List<Profile> profiles(Random random, Hierarchy hierarchy) {
    List<Profile> profiles = new ArrayList<>();
    for (Level level : hierarchy.levels()) {
      int scopes = random.nextInt(level.many() ? 5 : 2);
      for (int i = 0; i < scopes; i++) {
        Map<String, Entry> entries = new TreeMap<>();
        for (String key : List.of("a", "b", "c", "d", "unknown")) {
          if (random.nextInt(3) == 0) {
            entries.put(key, new Entry(value(random), random.nextInt(9), ""));
          }
        }
        Scope scope = new Scope(level.name(), "s" + i);
        profiles.add(new Profile(scope, 9, random.nextInt(3) - 1, entries));
      }
    }
    return profiles;
  }

  private static JsonNode value(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> NODES.stringNode("text" + random.nextInt(3));
      case 1 -> NODES.booleanNode(random.nextBoolean());
      case 2 -> NODES.numberNode(random.nextBoolean() ? 2.5 : 30.0);
      default -> NODES.numberNode(random.nextInt(80) - 10);
    };
  }

  /** Shares no code with the resolver: compares each pair of scopes, knows the four settings. */
  private static final class Oracle {
    private final Catalogue catalogue;
    private final Hierarchy hierarchy;
    private final String key;
    private final List<Profile> setting = new ArrayList<>();
    private @Nullable Profile best;

    Oracle(Catalogue catalogue, Hierarchy hierarchy, List<Profile> profiles, String key) {
      this.catalogue = catalogue;
      this.hierarchy = hierarchy;
      this.key = key;
      for (Profile profile : profiles) {
        if (profile.entries().containsKey(key)) {
          setting.add(profile);
          if (valid(profile) && (best == null || beats(profile, best))) {
            best = profile;
          }
        }
      }
    }

    private int depth(Profile profile) {
      return hierarchy.levels().stream()
          .map(Level::name)
          .toList()
          .indexOf(profile.scope().level());
    }

    private boolean beats(Profile one, Profile other) {
      return depth(one) != depth(other)
          ? depth(one) > depth(other)
          : one.priority() != other.priority()
              ? one.priority() > other.priority()
              : one.scope().key().compareTo(other.scope().key()) < 0;
    }

    private JsonNode at(Profile profile) {
      return profile
          .entries()
          .getOrDefault(key, Entry.of(NODES.stringNode("?")))
          .value();
    }

    private boolean valid(Profile profile) {
      JsonNode json = at(profile);
      return switch (key) {
        case "a" -> json.isInt() && json.intValue() >= 0 && json.intValue() <= 50;
        case "b" -> json.isNumber() && List.of(1.0, 2.5, 30.0).contains(json.asDouble());
        case "c" -> json.isString();
        case "d" -> json.isBoolean();
        default -> true;
      };
    }

    boolean unknown() {
      return catalogue.find(key) == null && best != null;
    }

    @Nullable
    JsonNode value() {
      Setting<?> declared = catalogue.find(key);
      return best != null ? at(best) : declared == null ? null : declared.defaultJson();
    }

    Explanation.@Nullable Candidate winner() {
      return best == null
          ? null
          : new Explanation.Candidate(
              best.scope(), best.entries().getOrDefault(key, Entry.of(at(best))), at(best), null);
    }

    List<String> losers() {
      return setting.stream()
          .filter(profile -> !profile.equals(best))
          .sorted((one, other) -> beats(one, other) ? -1 : 1)
          .map(profile -> profile.scope() + " " + reason(profile))
          .toList();
    }

    private Reason reason(Profile loser) {
      if (best == null || !valid(loser)) {
        return Reason.INVALID;
      }
      return depth(loser) == depth(best) ? Reason.PRIORITY : Reason.OVERRIDDEN;
    }
  }
}
