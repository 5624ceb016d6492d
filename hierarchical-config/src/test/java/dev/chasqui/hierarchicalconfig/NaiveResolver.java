package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * SPEC.md done slowly and without thought: what the resolver is compared with. Takes a case as the test
 * vectors write it and gives what they expect, without the fingerprint. A setting that is not atomic is
 * treated as a group of one, so that there is one walk. Resolves at one instant.
 */
final class NaiveResolver {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final List<String> DEFAULT_LEVELS =
      List.of("global", "company", "group", "vehicle", "device");

  private final JsonNode config;
  private final List<Level> levels;
  private final List<JsonNode> path; // in path order (1.3)
  private final Instant at;
  private final Map<String, NaiveSetting> settings = new TreeMap<>(); // with the unknown keys
  private final Map<String, List<Candidate>> candidates = new TreeMap<>(); // by key, in path order
  private final ObjectNode values = NODES.objectNode();
  private final ObjectNode content = NODES.objectNode();
  private final ObjectNode explanations = NODES.objectNode();
  private final List<ObjectNode> violations = new ArrayList<>();

  /** One entry, and what became of it. Without a reason it is accepted, or not yet decided. */
  private static final class Candidate {
    final int place;
    final JsonNode profile;
    final JsonNode entry;
    final NaiveSetting setting;
    JsonNode offered;
    String variant = "";
    String reason = "";
    String fault = "";
    String by = "";

    Candidate(int place, JsonNode profile, JsonNode entry, NaiveSetting setting) {
      this.place = place;
      this.profile = profile;
      this.entry = entry;
      this.setting = setting;
      this.offered = entry.path("value");
    }

    void loses(String why, String to) {
      reason = why;
      by = to;
    }

    boolean isLock() {
      return entry.has("binding")
          && !entry.path("binding").equals(StringNode.valueOf("recommended"));
    }
  }

  /** What the vectors call {@code expect}. */
  static ObjectNode resolve(JsonNode config) {
    List<Level> levels = levels(config);
    if (isRefused(config, levels)) {
      return NODES.objectNode().put("refused", true);
    }
    Instant at = Instant.parse(config.path("at").stringValue());
    NaiveResolver now = new NaiveResolver(config, levels, at);
    now.resolve();
    return now.expectation();
  }

  private NaiveResolver(JsonNode config, List<Level> levels, Instant at) {
    this.config = config;
    this.levels = levels;
    this.at = at;
    this.path = config
        .path("profiles")
        .valueStream()
        .sorted(Comparator.comparingInt(this::level)
            .thenComparingInt(NaiveResolver::priority)
            .thenComparing(NaiveResolver::scopeKey, Comparator.reverseOrder()))
        .toList();
  }

  // 1 Hierarchy

  private static List<Level> levels(JsonNode config) {
    if (!config.has("levels")) {
      return DEFAULT_LEVELS.stream()
          .map(name -> new Level(name, name.equals("group")))
          .toList();
    }
    return config
        .path("levels")
        .valueStream()
        .map(level -> level.isString()
            ? new Level(level.stringValue(), false)
            : new Level(level.path("name").stringValue(), level.path("many").asBoolean(false)))
        .toList();
  }

  private static boolean isRefused(JsonNode config, List<Level> levels) {
    Set<String> seen = new HashSet<>();
    for (JsonNode profile : config.path("profiles")) {
      String name = scope(profile).split(":", 2)[0];
      List<Level> level =
          levels.stream().filter(each -> each.name().equals(name)).toList();
      if (level.isEmpty() || !seen.add(level.get(0).many() ? scope(profile) : name)) {
        return true;
      }
    }
    return false;
  }

  private int level(JsonNode profile) {
    return levels.stream().map(Level::name).toList().indexOf(scope(profile).split(":", 2)[0]);
  }

  private static int priority(JsonNode profile) {
    return profile.path("priority").asInt(0);
  }

  private static String scopeKey(JsonNode profile) {
    return scope(profile).split(":", 2)[1];
  }

  private static String scope(JsonNode profile) {
    return profile.path("scope").stringValue();
  }

  // All of it

  private void resolve() {
    for (JsonNode declaration : config.path("manifest").path("settings")) {
      settings.put(declaration.path("key").stringValue(), new NaiveSetting(declaration));
    }
    for (int place = 0; place < path.size(); place++) {
      JsonNode profile = path.get(place);
      for (Map.Entry<String, JsonNode> member : profile.path("entries").properties()) {
        NaiveSetting setting = settings.computeIfAbsent(
            member.getKey(), key -> new NaiveSetting(MissingNode.getInstance()));
        Candidate candidate = new Candidate(place, profile, member.getValue(), setting);
        candidates.computeIfAbsent(member.getKey(), key -> new ArrayList<>()).add(candidate);
        holdUp(member.getKey(), candidate);
      }
    }
    Map<String, Set<String>> units = new TreeMap<>();
    settings.forEach((key, setting) -> units
        .computeIfAbsent(
            setting.declaration().path("atomic").asString("of " + key), name -> new TreeSet<>())
        .add(key));
    units.values().forEach(this::decide);
    addLimits();
    addInvariants();
  }

  /** 3: whether it holds, what it offers, whether it is invalid. */
  private void holdUp(String key, Candidate candidate) {
    JsonNode entry = candidate.entry;
    boolean over = entry.has("until") && !at.isBefore(instant(entry, "until"));
    if (entry.has("from") && at.isBefore(instant(entry, "from"))) {
      candidate.loses("not-yet", "");
    } else if (over && !entry.has("then")) {
      candidate.loses("expired", "");
    } else if (entry.has("when") && !matches(entry.path("when"), key, candidate)) {
      candidate.loses("condition", "");
    } else {
      JsonNode variants = entry.path("variants");
      String unit = config.path("facts").path(variants.path("by").asString("")).asString("");
      boolean isText =
          config.path("facts").path(variants.path("by").asString("")).isString();
      if (over) {
        candidate.offered = entry.path("then");
      } else if (isText && !unit.isEmpty()) {
        JsonNode arms = variants.path("arms");
        List<Integer> weights =
            arms.valueStream().map(arm -> arm.path("weight").intValue()).toList();
        JsonNode arm =
            arms.path(VectorRules.bucket(variants.path("seed").stringValue(), unit, weights));
        candidate.offered = arm.path("value");
        candidate.variant = arm.path("name").stringValue();
      }
      String fault = candidate.setting.fault(entry, candidate.offered, limit("value"));
      if (fault != null) {
        candidate.loses("invalid", "");
        candidate.fault = fault;
      }
    }
  }

  private boolean matches(JsonNode rule, String key, Candidate candidate) {
    try {
      return VectorRules.matches(rule, config.path("facts"));
    } catch (IllegalArgumentException e) {
      addViolation("bad-rule", key, scope(candidate.profile));
      return false;
    }
  }

  /** 5 to 8, for the keys of one atomic group or one other key. */
  private void decide(Set<String> keys) {
    List<Integer> accepted = walk(keys);
    int winner = accepted.stream().max(Comparator.naturalOrder()).orElse(-1);
    for (String key : keys) {
      NaiveSetting setting = Objects.requireNonNull(settings.get(key));
      List<Candidate> all = candidates.getOrDefault(key, List.of());
      List<Candidate> standing =
          all.stream().filter(candidate -> accepted.contains(candidate.place)).toList();
      switch (setting.merge()) {
        case "first" -> nearest(key, all, winner);
        case "min", "max", "and", "or" -> extreme(key, setting, standing);
        default -> merge(key, setting, standing);
      }
      for (Candidate candidate : all) {
        String code = candidate.reason.equals("invalid") ? candidate.fault : candidate.reason;
        boolean nearer = setting.merge().equals("first")
            && accepted.stream().anyMatch(place -> place > candidate.place);
        if (Set.of("invalid", "locked", "out-of-bounds", "looser").contains(candidate.reason)
            && !nearer) {
          addViolation(code, key, scope(candidate.profile)); // 9.1
        }
      }
    }
  }

  /** 5.2 to 5.4 and 7.2: the places of the offers that are accepted. */
  private List<Integer> walk(Set<String> keys) {
    Map<Integer, Map<String, Candidate>> offers = new TreeMap<>();
    for (String key : keys) {
      for (Candidate candidate : candidates.getOrDefault(key, List.of())) {
        offers.computeIfAbsent(candidate.place, p -> new TreeMap<>()).put(key, candidate);
      }
    }
    Comparator<Map<String, Candidate>> lockOrder = Comparator.comparingInt(
            (Map<String, Candidate> offer) -> level(profile(offer)))
        .thenComparing(offer -> offer.values().stream().noneMatch(Candidate::isLock))
        .thenComparing(offer -> priority(profile(offer)), Comparator.reverseOrder())
        .thenComparing(offer -> scopeKey(profile(offer)));
    List<Map<String, Candidate>> acceptedOffers = new ArrayList<>(); // in lock order
    for (Map<String, Candidate> offer :
        offers.values().stream().sorted(lockOrder).toList()) {
      boolean stands = true;
      for (String key : keys) {
        Candidate candidate = offer.get(key);
        for (Map<String, Candidate> before : acceptedOffers) {
          Candidate lock = before.get(key);
          if (lock != null && lock.isLock() && (candidate == null || candidate.reason.isEmpty())) {
            String refusal = lock.setting.refusal(
                lock.entry.path("binding"),
                lock.offered,
                candidate == null ? lock.setting.declaration().path("default") : candidate.offered,
                candidate == null ? MissingNode.getInstance() : candidate.entry.path("remove"));
            if (refusal != null) {
              stands = false;
              if (candidate != null) {
                candidate.loses(refusal, scope(lock.profile));
              }
            }
          }
        }
        stands &= candidate == null || candidate.reason.isEmpty();
      }
      if (stands) {
        acceptedOffers.add(offer);
      } else {
        offer.values().stream()
            .filter(each -> each.reason.isEmpty())
            .forEach(each -> each.loses("group", "")); // 7.4
      }
    }
    return acceptedOffers.stream()
        .map(offer -> offer.values().iterator().next().place)
        .toList();
  }

  private static JsonNode profile(Map<String, Candidate> offer) {
    return offer.values().iterator().next().profile;
  }

  /** 4.1, 6.2, 7.3, 7.4. */
  private void nearest(String key, List<Candidate> all, int winner) {
    Candidate won =
        all.stream().filter(each -> each.place == winner).findFirst().orElse(null);
    for (Candidate candidate : all) {
      if (candidate.reason.equals("group") || (candidate.reason.isEmpty() && won == null)) {
        candidate.loses("group", winner < 0 ? "" : scope(path.get(winner)));
      }
    }
    beat(won, all, "");
    explain(key, won == null ? null : won.offered, won, List.of());
  }

  /** 6.3. */
  private void extreme(String key, NaiveSetting setting, List<Candidate> standing) {
    int sign = Set.of("min", "and").contains(setting.merge()) ? 1 : -1;
    Candidate won = standing.stream()
        .min(Comparator.comparing(
                (Candidate each) -> each.offered,
                (one, other) -> sign * setting.compare(one, other))
            .thenComparingInt(each -> -each.place))
        .orElse(null);
    beat(won, standing, "stricter");
    explain(key, won == null ? null : won.offered, won, List.of());
  }

  /** 6.4. */
  private void merge(String key, NaiveSetting setting, List<Candidate> standing) {
    JsonNode value = setting.declaration().path("default");
    List<Candidate> merged = new ArrayList<>(); // nearest first
    for (Candidate candidate : standing) {
      JsonNode next = setting.merged(value, candidate.offered, candidate.entry.path("remove"));
      String fault = setting.notAllowed(next);
      if (fault == null && NaiveSetting.size(next) > limit("value")) {
        fault = "too-large";
      }
      if (fault == null) {
        value = next;
        merged.add(0, candidate);
      } else {
        candidate.loses("invalid", "");
        candidate.fault = fault;
      }
    }
    boolean none = merged.isEmpty();
    explain(
        key,
        none ? null : value,
        none ? null : merged.get(0),
        none ? merged : merged.subList(1, merged.size()));
  }

  /** 8.1: the reasons of those that were accepted. */
  private void beat(@Nullable Candidate winner, List<Candidate> all, String reason) {
    for (Candidate candidate : all) {
      if (winner != null && candidate != winner && candidate.reason.isEmpty()) {
        boolean beside = level(candidate.profile) == level(winner.profile);
        String other = beside ? "priority" : "overridden";
        candidate.loses(reason.isEmpty() ? other : reason, scope(winner.profile));
      }
    }
  }

  /** 6.1, 8 and 11.1; no value: nobody was accepted. */
  private void explain(
      String key, @Nullable JsonNode value, @Nullable Candidate winner, List<Candidate> merged) {
    NaiveSetting setting = Objects.requireNonNull(settings.get(key));
    JsonNode resolved = value == null ? setting.declaration().path("default") : value;
    if (value != null) {
      content.set(key, value);
    }
    if (!resolved.isMissingNode()) {
      values.set(key, resolved);
    }
    List<Candidate> all = new ArrayList<>(candidates.getOrDefault(key, List.of()));
    if (!all.isEmpty()) {
      ObjectNode explanation = explanations.putObject(key).put("key", key);
      explanation.set("value", resolved.isMissingNode() ? NODES.nullNode() : resolved);
      explanation.set("winner", winner == null ? NODES.nullNode() : shown(winner));
      ArrayNode shownMerged = explanation.putArray("merged");
      merged.forEach(each -> shownMerged.add(shown(each)));
      ArrayNode losers = explanation.putArray("losers");
      Collections.reverse(all);
      all.stream().filter(each -> !each.reason.isEmpty()).forEach(each -> losers.add(shown(each)));
    }
  }

  private static ObjectNode shown(Candidate candidate) {
    ObjectNode shown = NODES.objectNode().put("scope", scope(candidate.profile));
    shown.set("value", candidate.offered);
    shown.set("revision", candidate.entry.path("revision"));
    for (String name : List.of("author", "until")) {
      if (candidate.entry.has(name)) {
        shown.set(name, candidate.entry.path(name));
      }
    }
    Map<String, String> others =
        Map.of("variant", candidate.variant, "reason", candidate.reason, "by", candidate.by);
    others.forEach((name, text) -> {
      if (!text.isEmpty()) {
        shown.put(name, text);
      }
    });
    return shown;
  }

  // 9 and 10

  private long limit(String name) {
    return config.path("manifest").path("limits").path(name).asLong(Long.MAX_VALUE);
  }

  private void addViolation(String rule, String setting, String scope) {
    violations.add(
        NODES.objectNode().put("rule", rule).put("setting", setting).put("scope", scope));
  }

  private void addLimits() {
    for (JsonNode profile : path) {
      long size = profile
          .path("entries")
          .propertyStream()
          .mapToLong(member -> size(member.getKey(), member.getValue().path("value")))
          .sum();
      if (size > limit("profile")) {
        addViolation("too-large", "", scope(profile));
      }
    }
    if (content
            .propertyStream()
            .mapToLong(member -> size(member.getKey(), member.getValue()))
            .sum()
        > limit("config")) {
      addViolation("too-large", "", "");
    }
  }

  private static long size(String key, JsonNode value) {
    return NaiveSetting.size(StringNode.valueOf(key)) + NaiveSetting.size(value);
  }

  private void addInvariants() {
    for (JsonNode invariant : config.path("manifest").path("invariants")) {
      ObjectNode facts = NODES.objectNode();
      invariant
          .path("values")
          .forEachEntry((alias, key) -> facts.set(alias, values.path(key.stringValue())));
      String name = invariant.path("name").stringValue();
      try {
        if (!VectorRules.matches(invariant.path("rule"), facts)) {
          addViolation("invariant", name, "");
        }
      } catch (IllegalArgumentException e) {
        addViolation("bad-rule", name, "");
      }
    }
  }

  // 12 The next change

  private static Instant instant(JsonNode entry, String name) {
    return Instant.parse(entry.path(name).stringValue());
  }

  private Set<Instant> laterInstants() {
    Set<Instant> instants = new TreeSet<>();
    candidates
        .values()
        .forEach(all -> all.forEach(each -> List.of("from", "until").forEach(name -> {
          if (each.entry.has(name) && instant(each.entry, name).isAfter(at)) {
            instants.add(instant(each.entry, name));
          }
        })));
    return instants;
  }

  private JsonNode nextChange() {
    for (Instant later : laterInstants()) {
      NaiveResolver then = new NaiveResolver(config, levels, later);
      then.resolve();
      if (!NaiveSetting.same(values, then.values) || !NaiveSetting.same(content, then.content)) {
        return StringNode.valueOf(later.toString());
      }
    }
    return NODES.nullNode();
  }

  private ObjectNode expectation() {
    ObjectNode expect = NODES.objectNode();
    expect.set("values", values);
    expect.set("content", content);
    expect.set("explanations", explanations);
    ArrayNode sorted = expect.putArray("violations");
    violations.stream()
        .sorted(Comparator.comparing((ObjectNode each) -> each.path("setting").stringValue())
            .thenComparing(each -> each.path("scope").stringValue())
            .thenComparing(each -> each.path("rule").stringValue()))
        .forEach(sorted::add);
    expect.set("nextChange", nextChange());
    return expect;
  }
}
