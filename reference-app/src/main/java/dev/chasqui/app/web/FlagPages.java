package dev.chasqui.app.web;

import dev.chasqui.app.flags.FlagHub;
import dev.chasqui.app.flags.FlagSnapshot;
import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Flags;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.featureflags.FlagProblem;
import dev.chasqui.featureflags.FlagSet;
import dev.chasqui.featureflags.ofrep.Ofrep;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The back office's pages of flags. */
final class FlagPages {
  private static final String PAGE = "/flags/:set/:key";
  private static final int MOST_FLAGS = 500;
  private static final int MOST_OF_EACH_SET = 100;
  private static final int MOST_CHANGES = 50;
  private static final int MOST_TRIPS = 20;

  private final Flags flags;
  private final FlagHub hub;
  private final Templates templates;

  FlagPages(Flags flags, FlagHub hub, Templates templates) {
    this.flags = flags;
    this.hub = hub;
    this.templates = templates;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/flags", ask -> sets("")),
        Endpoint.get("/flags/:set", ask -> sets(ask.path("set"))),
        Endpoint.get(PAGE, this::flag),
        Endpoint.get(PAGE + "/kill", ask -> form(ask, true)),
        Endpoint.form(PAGE + "/kill", ask -> kill(ask, true)),
        Endpoint.get(PAGE + "/unkill", ask -> form(ask, false)),
        Endpoint.form(PAGE + "/unkill", ask -> kill(ask, false)),
        Endpoint.form(PAGE + "/explain", this::explain));
  }

  private Reply sets(String only) {
    List<Flags.Change> all = flags.sets().stream()
        .filter(newest -> only.isEmpty() || newest.set().equals(only))
        .toList();
    if (!only.isEmpty() && all.isEmpty()) {
      throw Flags.unknownSet(only);
    }
    int most = all.size() == 1 ? MOST_FLAGS : MOST_OF_EACH_SET;
    List<Models.FlagSetCard> cards = new ArrayList<>();
    for (Flags.Change newest : all) {
      FlagSnapshot now = hub.get(newest);
      cards.add(new Models.FlagSetCard(newest, now.document().keys().size(), rows(now, most)));
    }
    return Reply.html(200, templates.page("flags", new Models.FlagsPage(cards, only)));
  }

  private List<Models.FlagRow> rows(FlagSnapshot now, int most) {
    List<String> keys = now.document().keys().stream().limit(most).toList();
    Map<String, Flags.Change> latest = flags.latestOfFlags(now.set(), keys);
    Map<String, String> problems = problems(now.flags());
    return keys.stream()
        .map(key -> row(
            now.set(),
            key,
            Objects.requireNonNull(now.document().flag(key)),
            problems.getOrDefault(key, ""),
            latest.get(key)))
        .toList();
  }

  private static Map<String, String> problems(FlagSet set) {
    return set.problems().stream()
        .collect(Collectors.toMap(FlagProblem::flag, FlagProblem::message, (one, other) -> one));
  }

  private static Models.FlagRow row(
      String set, String key, JsonNode flag, String problem, Flags.@Nullable Change changed) {
    return new Models.FlagRow(
        set,
        key,
        FlagText.state(flag),
        FlagText.variants(flag),
        FlagText.summary(flag),
        flag.at("/metadata/description").asString(""),
        problem,
        changed);
  }

  private Reply flag(Ask ask) {
    return page(200, ask, new Models.FlagExplained(ask.path("set"), ask.path("key"), "", "", ""));
  }

  private Reply page(int status, Ask ask, Models.FlagExplained explained) {
    String set = ask.path("set");
    String key = ask.path("key");
    JsonNode flag = written(set, key);
    List<Flags.Edit> history = flags.history(set, key, MOST_CHANGES);
    return Reply.html(
        status,
        templates.page(
            "flag",
            new Models.FlagPage(
                row(
                    set,
                    key,
                    flag,
                    problems(hub.get(set).flags()).getOrDefault(key, ""),
                    history.isEmpty() ? null : history.get(0).change()),
                flag.toPrettyString(),
                flag.at("/metadata/owner").asString(""),
                FlagText.lines(flag),
                history.stream()
                    .map(edit -> new Models.FlagEdit(edit, members(edit)))
                    .toList(),
                flags.trips(set, key, MOST_TRIPS),
                explained)));
  }

  private JsonNode written(String set, String key) {
    JsonNode flag = flags.find(set).orElseThrow(() -> Flags.unknownSet(set)).flag(key);
    if (flag == null) {
      throw HttpProblem.notFound("key", "there is no flag \"" + key + "\" in set " + set);
    }
    return flag;
  }

  /** Which members of a flag an edit changed. */
  private static List<String> members(Flags.Edit edit) {
    JsonNode before = edit.before();
    JsonNode after = edit.after();
    if (before == null || after == null) {
      return List.of();
    }
    Set<String> names = new TreeSet<>(before.propertyNames());
    names.addAll(after.propertyNames());
    names.removeIf(name -> Objects.equals(before.get(name), after.get(name)));
    return List.copyOf(names);
  }

  private Reply form(Ask ask, boolean kills) {
    return form(200, ask, kills, Pages.author(ask), "", List.of());
  }

  private Reply form(
      int status, Ask ask, boolean kills, String author, String reason, List<Problem> errors) {
    JsonNode flag = written(ask.path("set"), ask.path("key"));
    Models.KillForm form = new Models.KillForm(
        row(ask.path("set"), ask.path("key"), flag, "", null),
        kills,
        FlagText.killed(flag),
        author,
        reason,
        errors);
    return Reply.html(
        status,
        ask.wantsFragment() ? templates.part("killForm", form) : templates.page("killPage", form));
  }

  private Reply kill(Ask ask, boolean kills) {
    String author = ask.field("author").strip();
    String reason = ask.field("reason").strip();
    try {
      if (reason.isEmpty()) {
        throw new RefusedException("reason", "missing", "say why: others read this first");
      }
      flags.kill(ask.path("set"), new Signature(author, reason), ask.path("key"), kills);
    } catch (RefusedException e) {
      return form(422, ask, kills, author, reason, e.problems());
    }
    return Pages.saved(ask, Show.flagUrl(ask.path("set"), ask.path("key")), author);
  }

  /** As OFREP would answer, and why; nothing is kept of the context. */
  private Reply explain(Ask ask) {
    String set = ask.path("set");
    String key = ask.path("key");
    String context = ask.field("context").strip();
    String text = "";
    String problem = "";
    try {
      text = hub.get(set)
          .flags()
          .explain(
              key,
              Ofrep.contextOf(("{\"context\":" + (context.isEmpty() ? "{}" : context) + '}')
                  .getBytes(StandardCharsets.UTF_8)))
          .toText();
    } catch (IllegalArgumentException e) {
      problem = String.valueOf(e.getMessage());
    }
    Models.FlagExplained explained = new Models.FlagExplained(set, key, context, text, problem);
    int status = problem.isEmpty() ? 200 : 422;
    return ask.wantsFragment()
        ? Reply.html(status, templates.part("flagExplain", explained))
        : page(status, ask, explained);
  }
}
