package dev.chasqui.featureflags;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A process of {@code src/test/node}: json-logic-js for rules, flagd-core for flags, GrowthBook's SDK for its features. It is asked for
 * many at a time.
 */
public final class NodeWitness implements AutoCloseable {
  private static final Path DIRECTORY = Path.of("src/test/node").toAbsolutePath();
  private static final long PATIENCE_SECONDS = 120;

  private final Process process;
  private final BufferedWriter in;
  private final BufferedReader out;

  private NodeWitness(Process process) {
    this.process = process;
    in = process.outputWriter(StandardCharsets.UTF_8);
    out = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * A rule to evaluate.
   *
   * @param data attributes of the context, the targeting key among them
   * @param seed what stands before the targeting key where {@code fractional} has no key
   * @param now seconds since 1970
   */
  record RuleCase(
      JsonNode rule, ObjectNode data, String flagKey, String seed, Bucketing bucketing, long now) {}

  /**
   * What json-logic-js says.
   *
   * @param value as {@link Shown} writes it; null if it threw
   * @param touched what it came across that flagd-core takes otherwise (SPEC.md, 7)
   */
  record RuleAnswer(@Nullable String value, List<String> touched) {}

  /** A context, and seconds since 1970. */
  record At(long now, ObjectNode attributes) {}

  /**
   * What flagd-core says.
   *
   * @param touched what it came across that flagd-core takes otherwise (SPEC.md, 7)
   */
  record FlagAnswer(
      @Nullable String variant, String reason, @Nullable String errorCode, List<String> touched) {}

  /** Starts one; without Node.js or its packages the test is skipped, and says why. */
  public static NodeWitness start() {
    Optional<Path> node = node();
    assumeTrue(node.isPresent(), "there is no node on the PATH to run the witnesses with");
    assumeTrue(
        Stream.of("@openfeature/flagd-core", "@growthbook/growthbook")
            .allMatch(name -> Files.exists(DIRECTORY.resolve("node_modules").resolve(name))),
        "the packages of the witnesses are not there: npm ci --prefix feature-flags/src/test/node");
    try {
      return new NodeWitness(new ProcessBuilder(node.orElseThrow().toString(), "witness.mjs")
          .directory(DIRECTORY.toFile())
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> node() {
    return Arrays.stream(
            Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
        .flatMap(folder -> Stream.of(Path.of(folder, "node"), Path.of(folder, "node.exe")))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** What json-logic-js says to each. */
  List<RuleAnswer> rules(List<RuleCase> cases) {
    ObjectNode command = JsonMapper.shared().createObjectNode().put("do", "rules");
    ArrayNode written = command.putArray("cases");
    for (RuleCase one : cases) {
      ObjectNode json = written.addObject();
      json.set("rule", one.rule());
      json.set("data", one.data());
      json.put("flagKey", one.flagKey());
      json.put("seed", one.seed());
      json.put("bucketing", one.bucketing().text());
      json.put("now", one.now());
    }
    List<RuleAnswer> answers = new ArrayList<>();
    ask(command)
        .forEach(answer -> answers.add(new RuleAnswer(
            answer.has("value") ? answer.get("value").stringValue() : null,
            strings(answer.path("touched"), 0))));
    return answers;
  }

  /** What flagd-core says of each flag of a document, by key, for each context in turn. */
  Map<String, List<FlagAnswer>> flags(FlagDocument document, List<At> contexts) {
    ObjectNode command = JsonMapper.shared().createObjectNode().put("do", "flags");
    command.set("document", JsonMapper.shared().readTree(document.toJson()));
    ArrayNode written = command.putArray("contexts");
    for (At context : contexts) {
      written.addObject().put("now", context.now()).set("attributes", context.attributes());
    }
    Map<String, List<FlagAnswer>> answers = new LinkedHashMap<>();
    ask(command).properties().forEach(flag -> {
      List<FlagAnswer> ofFlag = new ArrayList<>();
      flag.getValue()
          .forEach(answer -> ofFlag.add(new FlagAnswer(
              text(answer.get(0)),
              answer.get(1).stringValue(),
              text(answer.get(2)),
              strings(answer, 3))));
      answers.put(flag.getKey(), ofFlag);
    });
    return answers;
  }

  /**
   * What GrowthBook's SDK says of each feature of a payload, by key, for each context in turn: {@code value}, or {@code
   * threw}.
   *
   * @param contexts attributes of each
   */
  public Map<String, List<JsonNode>> growthBook(ObjectNode payload, List<ObjectNode> contexts) {
    ObjectNode command = JsonMapper.shared().createObjectNode().put("do", "growthBook");
    command.set("payload", payload);
    command.putArray("contexts").addAll(contexts);
    Map<String, List<JsonNode>> answers = new LinkedHashMap<>();
    ask(command)
        .properties()
        .forEach(feature ->
            answers.put(feature.getKey(), List.copyOf(feature.getValue().values())));
    return answers;
  }

  private static @Nullable String text(JsonNode json) {
    return json.isNull() ? null : json.stringValue();
  }

  private static List<String> strings(JsonNode array, int from) {
    List<String> strings = new ArrayList<>();
    for (int i = from; i < array.size(); i++) {
      strings.add(array.get(i).stringValue());
    }
    return strings;
  }

  private JsonNode ask(ObjectNode command) {
    try {
      in.write(command.toString());
      in.write('\n');
      in.flush();
      String line = CompletableFuture.supplyAsync(this::readLine)
          .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .join();
      JsonNode reply = JsonMapper.shared().readTree(String.valueOf(line));
      if (!reply.has("answer")) {
        throw new AssertionError("the witness says " + reply + " to " + command);
      }
      return reply.required("answer");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private @Nullable String readLine() {
    try {
      return out.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
