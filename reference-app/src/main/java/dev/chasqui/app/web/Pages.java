package dev.chasqui.app.web;

import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.convergence.Convergence.ScopeStatus;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Node;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.app.store.Settings;
import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Explanation;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.tracing.sdk.RecordedTrace;
import dev.chasqui.tracing.sdk.TraceStore;
import dev.chasqui.tracing.sdk.Waterfall;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The back office: what each page and part of a page shows. */
final class Pages {
  private static final String AUTHOR_COOKIE = "chasqui-author";
  private static final int PART = 120;
  private static final int MOST_EDITS_SHOWN = 200;
  private static final int MOST_STRAGGLERS = 300;
  private static final int MOST_TRACES = 200;

  private final Settings settings;
  private final Fleet fleet;
  private final Changes changes;
  private final Convergence convergence;
  private final Outlook outlook;
  private final Trees trees;
  private final Templates templates;
  private final TraceStore traces;

  Pages(BackOffice.Parts parts, Outlook outlook, Templates templates) {
    this.settings = parts.settings();
    this.fleet = parts.fleet();
    this.changes = parts.changes();
    this.convergence = parts.convergence();
    this.outlook = outlook;
    this.trees = new Trees(fleet, convergence);
    this.templates = templates;
    this.traces = parts.traces();
  }

  List<Endpoint> endpoints() {
    String setting = "/scopes/:scope/settings/:setting";
    return List.of(
        Endpoint.get("/", ask -> fleet("fleet")),
        Endpoint.get("/fleet/live", ask -> part("fleetLive", fleetPage())),
        Endpoint.get("/find", Set.of("q"), this::find),
        Endpoint.get("/scopes/:scope", Set.of("tab", "q", "section", "here"), this::scope),
        Endpoint.get("/scopes/:scope/tree", Set.of("level", "after"), this::tree),
        Endpoint.get(
            "/scopes/:scope/settings",
            Set.of("q", "section", "here", "offset", "after"),
            this::table),
        Endpoint.get(
            "/scopes/:scope/devices",
            Set.of("after"),
            ask ->
                part("deviceRows", devices(outlook.node(ask.scope()).scope(), ask.query("after")))),
        Endpoint.get(setting, this::explain),
        Endpoint.get(setting + "/edit", this::edit),
        Endpoint.form(setting + "/edit", this::save),
        Endpoint.get("/changes", Set.of("before"), this::changes),
        Endpoint.get("/changes/:revision", this::change),
        Endpoint.get("/settings", Set.of("q", "section", "offset"), this::catalogue),
        Endpoint.get("/traces", ask -> traces()),
        Endpoint.get("/traces/:trace", this::trace),
        Endpoint.get("/api", ask -> Reply.html(200, templates.page("api", ""))));
  }

  /** How a failure looks to somebody with a browser. */
  Reply error(HttpProblem problem, String traceId) {
    return Reply.html(
            problem.status(),
            templates.page(
                "error",
                new Models.ErrorPage(
                    problem.status(),
                    problem.title(),
                    problem.detail(),
                    problem.errors(),
                    problem.status() >= 500 ? traceId : "")))
        .withHeaders(problem.headers());
  }

  private Reply fleet(String template) {
    return Reply.html(200, templates.page(template, fleetPage()));
  }

  private Reply part(String template, Object model) {
    return Reply.html(200, templates.part(template, model));
  }

  private Models.FleetPage fleetPage() {
    Map<Scope, ScopeStatus> statuses = convergence.companies();
    List<Models.Company> companies = new ArrayList<>();
    for (Node node : fleet.children(Scope.GLOBAL, "company", "", 500)) {
      companies.add(new Models.Company(
          node, statuses.getOrDefault(node.scope(), new ScopeStatus(0, 0, 0, 0))));
    }
    companies.sort(java.util.Comparator.comparingInt(
            (Models.Company company) -> company.status().devices())
        .reversed());
    return new Models.FleetPage(
        fleet.size(),
        settings.catalogue().size(),
        sum(statuses.values()),
        companies,
        rows(changes.latest(Long.MAX_VALUE, 8)));
  }

  private static ScopeStatus sum(java.util.Collection<ScopeStatus> statuses) {
    ScopeStatus sum = new ScopeStatus(0, 0, 0, 0);
    for (ScopeStatus each : statuses) {
      sum = new ScopeStatus(
          sum.devices() + each.devices(),
          sum.connected() + each.connected(),
          sum.effective() + each.effective(),
          sum.refused() + each.refused());
    }
    return sum;
  }

  private List<Models.ChangeRow> rows(List<Changes.Change> latest) {
    return latest.stream().map(this::row).toList();
  }

  private Models.ChangeRow row(Changes.Change change) {
    return new Models.ChangeRow(
        change,
        convergence
            .progress(change.revision())
            .orElseGet(() -> new Convergence.Progress(
                change.revision(), change.targets(), 0, 0, 0, 0, null, null, null, null)));
  }

  /** Leads to the scope of this key, whatever its level. */
  private Reply find(Ask ask) {
    String text = ask.query("q").strip();
    List<String> levels =
        text.contains(":") ? List.of("") : List.of("device:", "vehicle:", "group:", "company:");
    for (String level : levels) {
      Optional<Node> found = parse(level + text).flatMap(fleet::find);
      if (found.isPresent()) {
        return Reply.seeOther(Show.url(found.get().scope()));
      }
    }
    throw HttpProblem.notFound(
        "q", "no company, group, vehicle or device has the key \"" + text + '"');
  }

  private static Optional<Scope> parse(String text) {
    try {
      return Optional.of(Scope.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Reply scope(Ask ask) {
    Outlook.View view = outlook.from(ask.scope());
    Scope scope = view.node().scope();
    List<Node> path = new ArrayList<>(view.ancestors());
    path.add(view.node());
    boolean isDevice = scope.level().equals("device");
    String tab = ask.query("tab");
    if (!Set.of("", "settings", "devices", "changes").contains(tab)) {
      throw HttpProblem.badRequest(
          "tab", "not-a-choice", "tab must be one of [settings, devices, changes], was " + tab);
    }
    return Reply.html(
        200,
        templates.page(
            "scope",
            new Models.ScopePage(
                view,
                trees.along(path),
                tab.isEmpty() ? "settings" : tab,
                fleet.countDevicesBelow(scope),
                fleet.countChildren(scope),
                convergence.companies().get(scope),
                isDevice ? convergence.device(scope.key()).orElse(null) : null,
                isDevice ? fleet.pathOf(scope.key()) : List.of(),
                table(view, filter(ask), 0, ""),
                tab.equals("devices")
                    ? devices(scope, "")
                    : new Models.DevicesTable(scope, List.of(), ""),
                tab.equals("changes") ? rows(changes.latestAt(scope, 50)) : List.of())));
  }

  private Models.DevicesTable devices(Scope scope, String after) {
    List<Convergence.DeviceStatus> devices = convergence.devicesBelow(scope, after, PART);
    return new Models.DevicesTable(
        scope, devices, devices.size() < PART ? "" : devices.get(PART - 1).device());
  }

  private Reply tree(Ask ask) {
    Scope scope = outlook.node(ask.scope()).scope();
    String level = ask.query("level");
    List<Models.Branch> branches = level.isEmpty()
        ? trees.below(scope)
        : List.of(trees.branch(scope, level, ask.query("after")));
    return part("treeBranches", branches);
  }

  private static Models.Filter filter(Ask ask) {
    return new Models.Filter(
        ask.query("q"), ask.query("section"), !ask.query("here").isEmpty());
  }

  private Reply table(Ask ask) {
    Outlook.View view = outlook.from(ask.scope());
    int offset = (int) ask.number("offset", 0, 1_000_000, 0);
    Models.SettingsTable table = table(view, filter(ask), offset, ask.query("after"));
    return part(offset == 0 ? "settingsTable" : "settingRows", table);
  }

  private Models.SettingsTable table(
      Outlook.View view, Models.Filter filter, int offset, String lastSection) {
    Catalogue catalogue = view.catalogue();
    List<Models.Row> matching = new ArrayList<>();
    for (String key : view.keys()) {
      Setting<?> setting = catalogue.find(key);
      boolean here = view.profile().entries().containsKey(key);
      boolean inSection = filter.section().isEmpty()
          || (setting != null && setting.section().equals(filter.section()));
      if (inSection && (here || !filter.here()) && Outlook.matches(catalogue, key, filter.text())) {
        matching.add(new Models.Row(key, setting, view.explain(key), here));
      }
    }
    matching.sort(
        java.util.Comparator.comparing(Models.Row::section)); // stable: declared order within
    int end = Math.min(matching.size(), offset + PART);
    return new Models.SettingsTable(
        view.node().scope(),
        filter,
        sections(catalogue),
        view.keys().size(),
        matching.size(),
        offset,
        end < matching.size() ? end : 0,
        lastSection,
        List.copyOf(matching.subList(Math.min(offset, end), end)));
  }

  private static List<String> sections(Catalogue catalogue) {
    return Outlook.sections(catalogue).stream()
        .filter(section -> !section.isEmpty())
        .toList();
  }

  private Reply explain(Ask ask) {
    Outlook.View view = outlook.from(ask.scope());
    String key = ask.path("setting");
    if (!view.knows(key)) {
      throw HttpProblem.notFound("setting", "there is no setting \"" + key + '"');
    }
    Models.Row row = new Models.Row(
        key,
        view.catalogue().find(key),
        view.explain(key),
        view.profile().entries().containsKey(key));
    Models.Explained explained = new Models.Explained(view.node().scope(), row);
    return ask.wantsFragment()
        ? part("explain", explained)
        : Reply.html(200, templates.page("explainPage", explained));
  }

  private Reply edit(Ask ask) {
    Outlook.View view = outlook.from(ask.scope());
    Setting<?> setting = declared(view, ask.path("setting"));
    Entry own = view.profile().entries().get(setting.key());
    JsonNode typed = own != null && (own.when() != null || own.variants() != null)
        ? own.value() // which may be no value that anybody has
        : view.explain(setting.key()).value();
    return form(200, ask, form(view, setting, Show.typed(typed), author(ask), "", List.of()));
  }

  private Reply form(int status, Ask ask, Models.EditForm form) {
    return Reply.html(
        status,
        ask.wantsFragment() ? templates.part("editForm", form) : templates.page("editPage", form));
  }

  private static Setting<?> declared(Outlook.View view, String key) {
    Setting<?> setting = view.catalogue().find(key);
    if (setting == null) {
      throw HttpProblem.notFound("setting", "there is no setting \"" + key + '"');
    }
    return setting;
  }

  private Models.EditForm form(
      Outlook.View view,
      Setting<?> setting,
      String typed,
      String author,
      String reason,
      List<Problem> errors) {
    Scope scope = view.node().scope();
    Explanation.@Nullable Candidate inherited = inherited(view.explain(setting.key()), scope);
    return new Models.EditForm(
        view,
        setting,
        view.profile().entries().get(setting.key()),
        inherited == null ? setting.defaultJson() : inherited.entry().value(),
        inherited == null ? null : inherited.scope(),
        fleet.countDevicesBelow(scope),
        typed,
        author,
        reason,
        errors);
  }

  /** The entry that would win without the one at {@code scope}; null for the default. */
  private static Explanation.@Nullable Candidate inherited(Explanation explanation, Scope scope) {
    Explanation.Candidate winner = explanation.winner();
    if (winner == null || !winner.scope().equals(scope)) {
      return winner;
    }
    return explanation.losers().stream()
        .filter(loser -> loser.reason() == Explanation.Reason.OVERRIDDEN
            || loser.reason() == Explanation.Reason.PRIORITY)
        .map(Explanation.Loser::candidate)
        .findFirst()
        .orElse(null);
  }

  /** Whoever signed last from this browser. */
  static String author(Ask ask) {
    String cookie = ask.cookie(AUTHOR_COOKIE);
    try {
      return cookie == null ? "" : URLDecoder.decode(cookie, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private Reply save(Ask ask) {
    Outlook.View view = outlook.from(ask.scope());
    Setting<?> setting = declared(view, ask.path("setting"));
    String typed = ask.field("value");
    String author = ask.field("author");
    String reason = ask.field("reason");
    OptionalLong revision;
    try {
      JsonNode value =
          ask.field("action").equals("remove") ? null : ValueField.read(setting, typed);
      revision = changes.commit(
          new Signature(author.strip(), reason.strip()),
          List.of(new Changes.Edit(view.node().scope(), setting.key(), value, "value")));
    } catch (RefusedException e) {
      return form(422, ask, form(view, setting, typed, author, reason, e.problems()));
    }
    if (revision.isEmpty()) {
      Problem unchanged = new Problem(
          "value",
          "unchanged",
          "is so already at " + view.node().scope() + "; nothing was changed");
      return form(422, ask, form(view, setting, typed, author, reason, List.of(unchanged)));
    }
    return saved(ask, "/changes/" + revision.getAsLong(), author.strip());
  }

  /** Leads on, and remembers the author for the next form. */
  static Reply saved(Ask ask, String location, String author) {
    String cookie = AUTHOR_COOKIE + '=' + URLEncoder.encode(author, StandardCharsets.UTF_8)
        + "; Path=/; Max-Age=31536000; SameSite=Strict; HttpOnly";
    return ask.wantsFragment()
        ? Reply.html(200, new byte[0])
            .withHeaders(Map.of("HX-Redirect", location, "Set-Cookie", cookie))
        : Reply.seeOther(location).withHeaders(Map.of("Location", location, "Set-Cookie", cookie));
  }

  private Reply changes(Ask ask) {
    long before = ask.number("before", 1, Long.MAX_VALUE, Long.MAX_VALUE);
    int limit = 50;
    List<Changes.Change> latest = changes.latest(before, limit);
    long next = latest.size() < limit ? 0 : latest.get(limit - 1).revision();
    return Reply.html(
        200,
        templates.page(
            "changes", new Models.ChangesPage(rows(latest), next, before == Long.MAX_VALUE)));
  }

  private Reply change(Ask ask) {
    long revision = ask.revision();
    Models.ChangeRow row = row(changes
        .find(revision)
        .orElseThrow(() -> HttpProblem.notFound("revision", "there is no change " + revision)));
    Catalogue catalogue = settings.catalogue();
    List<Models.Edit> edits = changes.editsOf(revision, MOST_EDITS_SHOWN).stream()
        .map(edited -> new Models.Edit(edited, catalogue.find(edited.key())))
        .toList();
    return Reply.html(
        200,
        templates.page(
            "change",
            new Models.ChangePage(
                row,
                edits,
                row.change().edits() > edits.size(),
                live(row),
                traces.find(Show.traceId(row.change())).isPresent())));
  }

  private Models.Live live(Models.ChangeRow row) {
    long revision = row.change().revision();
    StringBuilder millis = new StringBuilder("[[0");
    StringBuilder effective = new StringBuilder("],[0");
    for (Convergence.Point point : convergence.curve(revision)) {
      millis.append(',').append(point.millis());
      effective.append(',').append(point.effective());
    }
    return new Models.Live(
        row,
        millis.append(effective).append("]]").toString(),
        convergence.stragglers(revision, MOST_STRAGGLERS));
  }

  /** What those who watch a change see now. */
  ProgressFeed.Frame frame(long revision) {
    Models.ChangeRow row = row(changes
        .find(revision)
        .orElseThrow(() -> HttpProblem.notFound("revision", "there is no change " + revision)));
    return new ProgressFeed.Frame(templates.text("changeLive", live(row)), row.settled());
  }

  private Reply traces() {
    List<Models.TraceRow> rows =
        traces.recent().stream().limit(MOST_TRACES).map(Models.TraceRow::new).toList();
    return Reply.html(200, templates.page("traces", new Models.TracesPage(rows)));
  }

  private Reply trace(Ask ask) {
    String id = ask.path("trace");
    RecordedTrace trace = traces
        .find(id)
        .orElseThrow(() -> HttpProblem.notFound(
            "trace",
            "this node has no trace " + id
                + " in its memory: it keeps the last ones that were sampled, failed or were slow"));
    return Reply.html(
        200,
        templates.page(
            "trace", new Models.TracePage(new Models.TraceRow(trace), Waterfall.html(trace))));
  }

  private Reply catalogue(Ask ask) {
    Catalogue catalogue = settings.catalogue();
    String text = ask.query("q");
    String section = ask.query("section");
    int offset = (int) ask.number("offset", 0, 1_000_000, 0);
    List<Setting<?>> matching = new ArrayList<>();
    for (Setting<?> setting : catalogue.settings()) {
      if ((section.isEmpty() || setting.section().equals(section))
          && Outlook.matches(catalogue, setting.key(), text)) {
        matching.add(setting);
      }
    }
    int end = Math.min(matching.size(), offset + PART);
    Models.Catalogue model = new Models.Catalogue(
        text,
        section,
        sections(catalogue),
        catalogue.size(),
        matching.subList(Math.min(offset, end), end),
        matching.size(),
        end < matching.size() ? end : 0);
    if (!ask.wantsFragment()) {
      return Reply.html(200, templates.page("settings", model));
    }
    return part(offset == 0 ? "settingsList" : "settingsRows", model);
  }
}
