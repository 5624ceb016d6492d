package dev.chasqui.featureflags;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The command line, for whoever writes flags: what they come to, why, and what is wrong with them. {@code --help} says how. */
public final class Cli {
  static final int OK = 0;
  static final int WRONG = 1;
  static final int FAILED = 2;

  private static final String HELP = """
      Usage: java -cp ... dev.chasqui.featureflags.Cli COMMAND FILE [OPTION]...
      Says what flags of a document come to, and what is wrong with them.

        evaluate FILE FLAG    what the flag is for a context
        explain FILE FLAG     how it comes to it: all that was looked at
        lint FILE             which flags are wrong, or likely not meant so
        lower FILE            the document for others, in flagd's own format

        --context JSON        evaluate, explain: for {"targetingKey": "truck-7"}
        --at TIME             all but lower: as if it were 2026-12-01T08:00:00Z
        --attributes A,B,…    lint: those that contexts have
        --json                all but lower: for programs

      FILE is a flag document; - reads it from standard input.

      Exit codes:
        0  done; lint: there is nothing worse than a note
        1  the flag is in error; lint: there is; lower: flags had to be left out
        2  the command line or the document is wrong, or there is no such file
      """;

  private static final String AS_JSON = "--json";
  /** By command. */
  private static final Map<String, Set<String>> OPTIONS = Map.of(
      "evaluate", Set.of("--context", "--at", AS_JSON),
      "explain", Set.of("--context", "--at", AS_JSON),
      "lint", Set.of("--at", "--attributes", AS_JSON),
      "lower", Set.of());

  private static final int WIDTH = 80;
  private static final String INDENT = "         "; // below the pointer of a warning

  private final PrintWriter out;
  private final PrintWriter err;
  private final Map<String, String> options;
  private final boolean asJson;

  private Cli(PrintWriter out, PrintWriter err, Map<String, String> options) {
    this.out = out;
    this.err = err;
    this.options = options;
    this.asJson = options.containsKey(AS_JSON);
  }

  /** Runs a command and exits. */
  public static void main(String... arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, arguments));
  }

  /** Runs a command with outputs of its own; returns the exit code. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    List<String> all = List.of(arguments);
    if (all.isEmpty() || all.contains("--help") || Set.of("-h", "help").contains(all.get(0))) {
      out.print(HELP);
      out.flush();
      return OK;
    }
    try {
      List<String> words = new ArrayList<>();
      Map<String, String> options = new HashMap<>();
      parse(all, words, options);
      int code = new Cli(out, err, options).run(words);
      out.flush();
      return code;
    } catch (NoSuchFileException e) {
      err.println("flags: there is no file " + printable(String.valueOf(e.getMessage())));
    } catch (IOException | IllegalArgumentException e) {
      err.println("flags: " + printable(String.valueOf(e.getMessage())));
    }
    err.println("--help says how it is used.");
    return FAILED;
  }

  private static void parse(
      List<String> arguments, List<String> words, Map<String, String> options) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("--")) {
        words.add(argument);
      } else if (argument.equals(AS_JSON)) {
        options.put(argument, "");
      } else if (OPTIONS.values().stream().noneMatch(known -> known.contains(argument))) {
        throw new IllegalArgumentException(argument + " is no option");
      } else if (++i < arguments.size()) {
        options.put(argument, arguments.get(i));
      } else {
        throw new IllegalArgumentException(argument + " must have a value");
      }
    }
    String command = words.isEmpty() ? "" : words.get(0);
    Set<String> known = OPTIONS.get(command);
    if (known == null) {
      throw new IllegalArgumentException(
          "there are the commands evaluate, explain, lint and lower, not \"" + command + '"');
    }
    for (String option : options.keySet()) {
      if (!known.contains(option)) {
        throw new IllegalArgumentException(command + " has no option " + option);
      }
    }
    int wanted = command.startsWith("l") ? 2 : 3;
    if (words.size() != wanted) {
      throw new IllegalArgumentException(
          command + " wants " + (wanted == 2 ? "FILE" : "FILE and FLAG") + ", was given "
              + words.subList(1, words.size()));
    }
  }

  private int run(List<String> words) throws IOException {
    FlagDocument document = read(words.get(1));
    return switch (words.get(0)) {
      case "lint" -> lint(document);
      case "lower" -> lower(document);
      case "evaluate" -> evaluate(explain(FlagSet.of(document), words.get(2)));
      default -> print(explain(FlagSet.of(document), words.get(2)));
    };
  }

  private static FlagDocument read(String file) throws IOException {
    if (file.equals("-")) {
      return FlagDocument.parse(System.in.readAllBytes());
    }
    Path path = Path.of(file);
    if (Files.isDirectory(path)) {
      throw new IllegalArgumentException(file + " is a directory");
    }
    return FlagDocument.parse(Files.readAllBytes(path));
  }

  private Explanation explain(FlagSet set, String flag) {
    return set.explain(flag, context(options.get("--context")), at(options.get("--at")));
  }

  private static FlagContext context(@Nullable String json) {
    if (json == null) {
      return FlagContext.EMPTY;
    }
    try {
      return FlagDecision.context(JsonMapper.shared().readTree(json));
    } catch (JacksonException e) {
      throw new IllegalArgumentException("--context is no JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static Instant at(@Nullable String time) {
    try {
      return time == null ? Instant.now() : Instant.parse(time);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "--at must be a time such as 2026-12-01T08:00:00Z, was " + time, e);
    }
  }

  private static int code(Explanation explanation) {
    return explanation.evaluation().errorCode() == null ? OK : WRONG;
  }

  private int evaluate(Explanation explanation) {
    FlagEvaluation evaluation = explanation.evaluation();
    if (asJson) {
      ObjectNode json = explanation.toJson();
      json.remove("steps");
      out.println(json);
    } else if (evaluation.errorCode() != null) {
      say(evaluation.errorCode() + ": " + evaluation.errorMessage());
    } else {
      say((evaluation.value() == null ? "the default of who asks" : evaluation.value())
          + "  (" + (evaluation.variant() == null ? "" : "variant " + evaluation.variant() + ", ")
          + evaluation.reason() + ")");
    }
    return code(explanation);
  }

  private int print(Explanation explanation) {
    if (asJson) {
      out.println(explanation.toJson());
    } else {
      explanation.toText().lines().forEach(this::say);
    }
    return code(explanation);
  }

  private void say(String line) {
    out.println(printable(line));
  }

  /** With nothing in it that a terminal obeys. */
  private static String printable(String line) {
    StringBuilder shown = new StringBuilder();
    line.codePoints()
        .forEach(c -> shown.append(
            Character.isISOControl(c)
                ? String.format(Locale.ROOT, "\\u%04x", c)
                : Character.toString(c)));
    return shown.toString();
  }

  /** A text below a finding, on as many lines as it takes; words are not torn apart. */
  private void wrap(String text) {
    StringBuilder line = new StringBuilder(INDENT);
    for (String word : text.split(" ", -1)) {
      if (line.length() > INDENT.length() && line.length() + 1 + word.length() > WIDTH) {
        say(line.toString());
        line.setLength(INDENT.length());
      }
      line.append(line.length() > INDENT.length() ? " " : "").append(word);
    }
    say(line.toString());
  }

  private int lint(FlagDocument document) {
    FlagLint lint = FlagLint.at(at(options.get("--at")));
    String attributes = options.get("--attributes");
    List<LintFinding> findings = (attributes == null
            ? lint
            : lint.withAttributes(Set.of(attributes.split(",", -1))))
        .check(document);
    for (LintFinding finding : findings) {
      if (asJson) {
        out.println(JsonMapper.shared()
            .createObjectNode()
            .put("check", finding.check())
            .put("severity", finding.severity().name())
            .put("flag", finding.flag())
            .put("pointer", finding.pointer())
            .put("message", finding.message())
            .put("mend", finding.mend()));
      } else {
        say(finding.severity().name().toLowerCase(Locale.ROOT) + "  " + finding.pointer() + "  "
            + finding.check());
        wrap(finding.message() + ".");
        wrap("Mend: " + finding.mend() + ".");
      }
    }
    long bad = findings.stream()
        .filter(finding -> finding.severity() != LintFinding.Severity.NOTE)
        .count();
    if (!asJson) {
      out.println(document.keys().size() + " flags: " + bad + " errors and warnings, "
          + (findings.size() - bad) + " notes");
    }
    return bad == 0 ? OK : WRONG;
  }

  private int lower(FlagDocument document) {
    FlagdExport.Exported exported = FlagdExport.builder().build().export(document);
    out.println(exported.document().toJson());
    exported
        .refusals()
        .forEach(
            refusal -> err.println(printable(refusal.pointer() + ": left out, " + refusal.rule())));
    return exported.refusals().isEmpty() ? OK : WRONG;
  }
}
