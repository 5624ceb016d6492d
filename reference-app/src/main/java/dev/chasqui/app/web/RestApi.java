package dev.chasqui.app.web;

import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.importing.ImportFormat;
import dev.chasqui.app.importing.ImportReport;
import dev.chasqui.app.importing.Importer;
import dev.chasqui.app.importing.NodeJson;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Node;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.app.store.Settings;
import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Explanation;
import dev.chasqui.hierarchicalconfig.JsonFormatException;
import dev.chasqui.hierarchicalconfig.Manifest;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.Violation;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1}: see openapi.yaml. */
final class RestApi {
  private static final long LARGEST_IMPORT = 512L << 20;
  private static final String ROOT = "/api/v1";
  private static final int MOST_EDITS_SHOWN = 1000;

  private final Jdbi jdbi;
  private final Settings settings;
  private final Fleet fleet;
  private final Changes changes;
  private final Convergence convergence;
  private final Importer importer;
  private final Outlook outlook;

  RestApi(BackOffice.Parts parts, Outlook outlook) {
    this.jdbi = parts.jdbi();
    this.settings = parts.settings();
    this.fleet = parts.fleet();
    this.changes = parts.changes();
    this.convergence = parts.convergence();
    this.importer = parts.importer();
    this.outlook = outlook;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(ROOT + "/settings", Set.of("q"), this::settings),
        Endpoint.json(PUT, ROOT + "/settings", this::declare),
        Endpoint.get(ROOT + "/settings/:setting", this::setting),
        Endpoint.get(ROOT + "/scopes/:scope", this::scope),
        Endpoint.get(
            ROOT + "/scopes/:scope/children", Set.of("level", "after", "limit"), this::children),
        Endpoint.get(ROOT + "/scopes/:scope/profile", this::profile),
        Endpoint.get(
            ROOT + "/scopes/:scope/effective",
            Set.of("q"),
            ask -> effective(outlook.from(ask.scope()), ask.query("q"))),
        Endpoint.get(ROOT + "/devices/:device", this::device),
        Endpoint.get(
            ROOT + "/devices/:device/effective",
            Set.of("q"),
            ask -> effective(outlook.from(ask.device()), ask.query("q"))),
        Endpoint.get(ROOT + "/devices/:device/explain/:setting", this::explain),
        Endpoint.json(POST, ROOT + "/changes", this::commit),
        Endpoint.get(ROOT + "/changes", Set.of("before", "limit"), this::changes),
        Endpoint.get(ROOT + "/changes/:revision", this::change),
        Endpoint.get(ROOT + "/changes/:revision/convergence", this::progress),
        new Endpoint(
                POST,
                ROOT + "/imports",
                Set.of("keepGoing", "author", "reason"),
                List.of(ImportFormat.JSON.mediaType(), ImportFormat.YAML.mediaType()),
                (Endpoint.Intake) this::importFile)
            .upTo(LARGEST_IMPORT),
        Endpoint.json(POST, ROOT + "/fleet", this::enrol));
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private Reply settings(Ask ask) {
    Catalogue catalogue = settings.catalogue();
    String text = ask.query("q");
    ObjectNode json = object();
    ArrayNode list = json.putArray("settings");
    for (Setting<?> setting : catalogue.settings()) {
      if (Outlook.matches(catalogue, setting.key(), text)) {
        list.add(Manifest.write(setting));
      }
    }
    return Reply.json(json);
  }

  private Reply setting(Ask ask) {
    return Reply.json(Manifest.write(declared(ask.path("setting"))));
  }

  private Setting<?> declared(String key) {
    Setting<?> setting = settings.catalogue().find(key);
    if (setting == null) {
      throw HttpProblem.notFound("setting", "there is no setting \"" + key + '"');
    }
    return setting;
  }

  private Reply declare(Ask ask) {
    JsonBody body = JsonBody.read(ask.body()).only("settings");
    List<Setting<?>> declarations = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    for (JsonBody each : body.objects("settings")) {
      try {
        Setting<?> setting = Manifest.readSetting(each.json());
        if (!keys.add(setting.key())) {
          each.problem("/key", "declared-twice", setting.key() + " is declared twice");
        }
        declarations.add(setting);
      } catch (JsonFormatException e) {
        each.problem(e.pointer(), Violation.Rule.BAD_DECLARATION.code(), e.getMessage());
      }
    }
    body.check();
    settings.declare(declarations);
    return Reply.json(object().put("declared", declarations.size()));
  }

  private Reply scope(Ask ask) {
    Node node = outlook.node(ask.scope());
    ObjectNode json = write(node);
    json.put("devices", fleet.countDevicesBelow(node.scope()));
    ObjectNode children = json.putObject("children");
    fleet.countChildren(node.scope()).forEach(children::put);
    return Reply.json(json);
  }

  private static ObjectNode write(Node node) {
    ObjectNode json = object().put("scope", node.scope().toString()).put("name", node.name());
    if (node.parent() != null) {
      json.put("parent", node.parent().toString());
    }
    json.put("priority", node.priority());
    ArrayNode groups = json.putArray("groups");
    node.groups().forEach(group -> groups.add(group.toString()));
    return json;
  }

  private Reply children(Ask ask) {
    Scope scope = outlook.node(ask.scope()).scope();
    int limit = ask.limit(100);
    String level = ask.level("");
    String after = ask.query("after");
    List<Node> nodes = scope.level().equals("group")
        ? fleet.members(scope, after, limit).stream()
            .filter(node -> level.isEmpty() || node.scope().level().equals(level))
            .toList()
        : fleet.children(scope, level.isEmpty() ? levelBelow(scope) : level, after, limit);
    ObjectNode json = object();
    ArrayNode list = json.putArray("children");
    nodes.forEach(node -> list.add(write(node)));
    if (nodes.size() == limit) {
      json.put("next", nodes.get(limit - 1).scope().key());
    }
    return Reply.json(json);
  }

  private static String levelBelow(Scope scope) {
    return switch (scope.level()) {
      case "global" -> "company";
      case "company" -> "vehicle";
      default -> "device";
    };
  }

  private Reply profile(Ask ask) {
    return Reply.json(ProfileJson.write(outlook.from(ask.scope()).profile()));
  }

  private static Reply effective(Outlook.View view, String text) {
    ObjectNode json = object().put("scope", view.node().scope().toString());
    ArrayNode path = json.putArray("path");
    view.chain().forEach(scope -> path.add(scope.toString()));
    if (view.node().scope().level().equals("device")) {
      json.put("fingerprint", view.config().fingerprint());
    }
    ArrayNode values = json.putArray("values");
    for (String key : view.keys()) {
      if (Outlook.matches(view.catalogue(), key, text)) {
        values.add(value(view.explain(key)));
      }
    }
    return Reply.json(json);
  }

  /** Without a winner it is the declared default. */
  private static ObjectNode value(Explanation explanation) {
    ObjectNode json = object().put("key", explanation.key());
    json.set("value", explanation.value());
    if (explanation.winner() != null) {
      putCandidate(json, explanation.winner());
    }
    return json;
  }

  private static void putCandidate(ObjectNode json, Explanation.Candidate candidate) {
    json.put("from", candidate.scope().toString());
    json.put("revision", candidate.entry().revision());
    json.put("author", candidate.entry().author());
    if (candidate.variant() != null) {
      json.put("variant", candidate.variant());
    }
  }

  private Reply device(Ask ask) {
    Node node = outlook.node(ask.device());
    ObjectNode json = write(node);
    ArrayNode path = json.putArray("path");
    fleet.pathOf(node.scope().key()).forEach(scope -> path.add(scope.toString()));
    convergence
        .device(node.scope().key())
        .ifPresent(status -> json.set("status", ProgressJson.write(status)));
    return Reply.json(json);
  }

  private Reply explain(Ask ask) {
    Outlook.View view = outlook.from(ask.device());
    String key = ask.path("setting");
    if (!view.knows(key)) {
      throw HttpProblem.notFound("setting", "there is no setting \"" + key + '"');
    }
    Explanation explanation = view.explain(key);
    boolean asText =
        ask.header("Accept").filter(accept -> accept.startsWith("text/plain")).isPresent();
    if (asText) {
      return Reply.text("text/plain; charset=utf-8", explanation.toText());
    }
    ObjectNode json = value(explanation);
    ArrayNode losers = json.putArray("losers");
    for (Explanation.Loser loser : explanation.losers()) {
      ObjectNode written = losers.addObject();
      written.set("value", loser.candidate().entry().value());
      putCandidate(written, loser.candidate());
      written.put("reason", loser.reason().code());
      written.put("detail", loser.detail());
    }
    return Reply.json(json);
  }

  private Reply commit(Ask ask) {
    JsonBody body = JsonBody.read(ask.body()).only("author", "reason", "edits");
    String author = body.text("author");
    String reason = body.text("reason", "");
    List<Changes.Edit> edits = new ArrayList<>();
    for (JsonBody each : body.objects("edits")) {
      edit(each.only("scope", "key", "value", "remove", "when", "variants")).ifPresent(edits::add);
    }
    body.check();
    OptionalLong revision = changes.commit(new Signature(author, reason), edits);
    if (revision.isEmpty()) {
      return Reply.json(object().put("unchanged", true));
    }
    String location = ROOT + "/changes/" + revision.getAsLong();
    return Reply.json(201, written(revision.getAsLong())).withHeaders(Map.of("Location", location));
  }

  private static Optional<Changes.Edit> edit(JsonBody body) {
    String scope = body.text("scope");
    String key = body.text("key");
    boolean remove = body.flag("remove");
    JsonNode value = body.json().get("value");
    if (remove == (value != null)) {
      body.problem("", "value-or-remove", "an edit must have either a value or \"remove\": true");
      return Optional.empty();
    }
    if (value != null && value.isNull()) {
      body.problem(
          "/value", "wrong-type", "value must not be null; use \"remove\": true to inherit");
      return Optional.empty();
    }
    JsonNode when = body.json().get("when");
    JsonNode variants = body.json().get("variants");
    if (remove && (when != null || variants != null)) {
      body.problem("", "value-or-remove", "an edit that removes must have no when and no variants");
      return Optional.empty();
    }
    try {
      String field = body.pointer() + (remove ? "/key" : "/value");
      return scope.isEmpty()
          ? Optional.empty()
          : Optional.of(new Changes.Edit(Scope.parse(scope), key, value, when, variants, field));
    } catch (IllegalArgumentException e) {
      body.problem("/scope", "bad-scope", String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private ObjectNode written(long revision) {
    Changes.Change change = changes.find(revision).orElseThrow(() -> noChange(revision));
    ObjectNode json = ProgressJson.write(change);
    ArrayNode edits = json.putArray("edits");
    for (Changes.Edited edit : changes.editsOf(revision, MOST_EDITS_SHOWN)) {
      ObjectNode written =
          edits.addObject().put("scope", edit.scope().toString()).put("key", edit.key());
      written.set("before", edit.before());
      written.set("after", edit.after());
      if (edit.rulesBefore() != null) {
        written.set("rulesBefore", edit.rulesBefore());
      }
      if (edit.rulesAfter() != null) {
        written.set("rulesAfter", edit.rulesAfter());
      }
    }
    return json;
  }

  private static HttpProblem noChange(long revision) {
    return HttpProblem.notFound("revision", "there is no change " + revision);
  }

  private Reply changes(Ask ask) {
    long before = ask.number("before", 1, Long.MAX_VALUE, Long.MAX_VALUE);
    int limit = ask.limit(50);
    List<Changes.Change> latest = changes.latest(before, limit);
    ObjectNode json = object();
    ArrayNode list = json.putArray("changes");
    latest.forEach(change -> list.add(ProgressJson.write(change)));
    if (latest.size() == limit) {
      json.put("next", latest.get(limit - 1).revision());
    }
    return Reply.json(json);
  }

  private Reply change(Ask ask) {
    return Reply.json(written(ask.revision()));
  }

  private Reply progress(Ask ask) {
    long revision = ask.revision();
    Convergence.Progress progress =
        convergence.progress(revision).orElseThrow(() -> noChange(revision));
    ObjectNode json = ProgressJson.write(progress);
    json.set("curve", ProgressJson.write(convergence.curve(revision)));
    ArrayNode stragglers = json.putArray("stragglers");
    convergence
        .stragglers(revision, 100)
        .forEach(straggler -> stragglers.add(ProgressJson.write(straggler)));
    return Reply.json(json);
  }

  private Reply importFile(Ask ask, InputStream body) {
    boolean keepGoing = ask.flag("keepGoing");
    Signature signature = signature(ask.query("author"), ask.query("reason"));
    ImportFormat format = ImportFormat.ofMediaType(ask.contentType()).orElseThrow();
    ImportReport report = importer.run(body, format, keepGoing, signature);
    ObjectNode json = object()
        .put("settings", report.settings())
        .put("nodes", report.nodes())
        .put("edits", report.edits());
    report.revision().ifPresent(revision -> json.put("revision", revision));
    json.put("refusals", report.refusals());
    json.set("refused", Failures.errors(report.refused()));
    return Reply.json(json);
  }

  /** Who imports or enrols without a name is the interface itself. */
  private static Signature signature(String author, String reason) {
    return new Signature(author.isEmpty() ? "rest" : author, reason);
  }

  private Reply enrol(Ask ask) {
    JsonBody body = JsonBody.read(ask.body()).only("author", "reason", "nodes");
    Signature signature = signature(body.text("author", ""), body.text("reason", ""));
    List<Node> nodes = new ArrayList<>();
    List<String> fields = new ArrayList<>();
    for (JsonBody each : body.objects("nodes")) {
      try {
        nodes.add(NodeJson.read(each.json(), each.pointer()));
        fields.add(each.pointer());
      } catch (RefusedException e) {
        e.problems()
            .forEach(problem -> body.problem(problem.field(), problem.rule(), problem.message()));
      }
    }
    body.check();
    OptionalLong revision = jdbi.inTransaction(handle -> {
      Changes.Draft draft = changes.begin(handle, signature);
      List<Problem> problems = draft.enrol(nodes, fields);
      if (!problems.isEmpty()) {
        throw new RefusedException(problems);
      }
      return draft.finish();
    });
    ObjectNode json = object().put("nodes", nodes.size());
    revision.ifPresent(number -> json.put("revision", number));
    return Reply.json(json);
  }
}
