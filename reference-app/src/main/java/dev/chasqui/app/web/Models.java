package dev.chasqui.app.web;

import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Flags;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Node;
import dev.chasqui.app.store.Problem;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Explanation;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.tracing.sdk.RecordedTrace;
import io.opentelemetry.api.common.AttributeKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What the templates in {@code src/main/jte} show. */
final class Models {
  private static final AttributeKey<Long> REVISION = AttributeKey.longKey("change.revision");

  private Models() {}

  /** The fleet overview. */
  record FleetPage(
      Fleet.Size size,
      int settings,
      Convergence.ScopeStatus total,
      List<Company> companies,
      List<ChangeRow> recent) {}

  record Company(Node node, Convergence.ScopeStatus status) {}

  record ChangeRow(Changes.Change change, Convergence.Progress progress) {
    /** Whether all that can come has come. */
    boolean settled() {
      return progress.effective() + progress.refused() >= progress.targets();
    }

    int waiting() {
      return Math.max(0, progress.targets() - progress.effective() - progress.refused());
    }
  }

  /**
   * Sets of flags.
   *
   * @param only the set that is shown, empty for all
   */
  record FlagsPage(List<FlagSetCard> sets, String only) {}

  /**
   * A set with its first flags.
   *
   * @param flags how many it has
   */
  record FlagSetCard(Flags.Change newest, int flags, List<FlagRow> rows) {
    boolean isCut() {
      return rows.size() < flags;
    }
  }

  /**
   * A flag in a list.
   *
   * @param variants with their values
   * @param rule what it says, in a few words
   * @param problem what is wrong with it; empty if nothing is
   * @param changed its newest change; null if that is not known
   */
  record FlagRow(
      String set,
      String key,
      FlagText.State state,
      List<FlagText.Variant> variants,
      String rule,
      String description,
      String problem,
      Flags.@Nullable Change changed) {}

  /** A flag. */
  record FlagPage(
      FlagRow row,
      String json,
      String owner,
      List<FlagText.Line> lines,
      List<FlagEdit> history,
      List<Flags.Trip> trips,
      FlagExplained explained) {}

  /**
   * A line of a flag's history.
   *
   * @param members of the flag that it changed; empty if the flag came or went with it
   */
  record FlagEdit(Flags.Edit edit, List<String> members) {}

  /** What a flag is for a context, and how it came to it; both are empty before somebody asks. */
  record FlagExplained(String set, String key, String context, String text, String problem) {}

  /** Asks for the signature of a kill, or of its end. */
  record KillForm(
      FlagRow row,
      boolean kills,
      String effect,
      String author,
      String reason,
      List<Problem> errors) {
    Optional<Problem> error(String field) {
      return errors.stream().filter(each -> each.field().equals(field)).findFirst();
    }
  }

  record TracesPage(List<TraceRow> traces) {}

  /** A trace in the memory of this node. */
  record TraceRow(RecordedTrace trace) {
    Instant began() {
      return Instant.EPOCH.plusNanos(trace.start());
    }

    Duration took() {
      return Duration.ofNanos(trace.end() - trace.start());
    }

    /** The revision of the change that it tells of; 0 if of none. */
    long revision() {
      return trace.spans().stream()
          .map(span -> span.getAttributes().get(REVISION))
          .filter(Objects::nonNull)
          .findFirst()
          .orElse(0L);
    }
  }

  /** @param picture as HTML */
  record TracePage(TraceRow row, String picture) {}

  /** {@code next} is 0 on the last page. */
  record ChangesPage(List<ChangeRow> changes, long next, boolean first) {}

  /** @param isTraced whether this node has its trace in memory */
  record ChangePage(
      ChangeRow row, List<Edit> edits, boolean moreEdits, Live live, boolean isTraced) {}

  record Edit(Changes.Edited edited, @Nullable Setting<?> setting) {}

  /** What moves on a change's page. */
  record Live(ChangeRow row, String curve, List<Convergence.Straggler> stragglers) {
    List<Convergence.Straggler> at(Convergence.Stage... stages) {
      return stragglers.stream()
          .filter(straggler -> List.of(stages).contains(straggler.stage()))
          .toList();
    }
  }

  /**
   * A node of the tree.
   *
   * @param branches what is shown below it, by level; empty if it is closed
   * @param opens whether it can have something below it
   */
  record Tree(
      Node node,
      boolean current,
      boolean opens,
      List<Branch> branches,
      Convergence.@Nullable DeviceStatus device) {}

  /** Children of one level; {@code next} is the key to go on after, empty at the end. */
  record Branch(Scope parent, String level, List<Tree> children, String next) {}

  /** What the page of a scope shows beside the tree. */
  record ScopePage(
      Outlook.View view,
      Tree tree,
      String tab,
      int devices,
      Map<String, Integer> children,
      Convergence.@Nullable ScopeStatus status,
      Convergence.@Nullable DeviceStatus device,
      List<Scope> path,
      SettingsTable table,
      DevicesTable deviceTable,
      List<ChangeRow> changes) {}

  record DevicesTable(Scope scope, List<Convergence.DeviceStatus> devices, String next) {}

  /**
   * Settings as seen from a scope.
   *
   * @param matching how many there are with this filter
   * @param offset of the first shown
   * @param next offset of the next part; 0 at the end
   */
  record SettingsTable(
      Scope scope,
      Filter filter,
      List<String> sections,
      int all,
      int matching,
      int offset,
      int next,
      String lastSection,
      List<Row> rows) {}

  record Filter(String text, String section, boolean here) {
    boolean any() {
      return !text.isBlank() || !section.isEmpty() || here;
    }
  }

  record Row(String key, @Nullable Setting<?> setting, Explanation explanation, boolean here) {
    String section() {
      return setting == null ? "Not declared" : setting.section();
    }
  }

  /** Why a setting has its value. */
  record Explained(Scope scope, Row row) {}

  /**
   * A setting being edited.
   *
   * @param own the entry at the scope, or null if it inherits
   * @param inherited the value without that entry
   * @param inheritedFrom where that comes from; null for the default
   */
  record EditForm(
      Outlook.View view,
      Setting<?> setting,
      @Nullable Entry own,
      JsonNode inherited,
      @Nullable Scope inheritedFrom,
      int devices,
      String typed,
      String author,
      String reason,
      List<Problem> errors) {

    Scope scope() {
      return view.node().scope();
    }

    /** What is wrong at a field, if anything. */
    Optional<Problem> error(String field) {
      return errors.stream().filter(problem -> problem.field().equals(field)).findFirst();
    }
  }

  record Catalogue(
      String text,
      String section,
      List<String> sections,
      int all,
      List<Setting<?>> settings,
      int matching,
      int next) {}

  record ErrorPage(int status, String title, String detail, List<Problem> errors, String traceId) {}
}
