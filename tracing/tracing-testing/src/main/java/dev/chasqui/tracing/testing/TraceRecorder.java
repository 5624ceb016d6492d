package dev.chasqui.tracing.testing;

import dev.chasqui.tracing.TraceContextPropagator;
import dev.chasqui.tracing.sdk.RecordedTrace;
import dev.chasqui.tracing.sdk.Waterfall;
import dev.chasqui.tracing.testing.Story.Sentence;
import dev.chasqui.tracing.testing.internal.ContextWatch;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.AssertionFailedError;

/**
 * The traces of a test with JUnit: what they tell, and whether any leaked or got lost. Register it as a field with {@code
 * RegisterExtension}, and give its {@link #openTelemetry} to what is tested.
 *
 * <p>A test fails, if it did not already, when at its end
 *
 * <ul>
 *   <li>a span has not ended: named with the place where it began;
 *   <li>a context is still current somewhere, or was taken back on another thread or in the wrong order;
 *   <li>work that was handed to another thread missed the context of who handed it over: named with the place where that was.
 *       It has missed it if it asks for one, as each step and each {@link dev.chasqui.tracing.Trace#field} does.
 * </ul>
 *
 * What runs in the background has the {@linkplain Builder#patience patience} to end. When a test fails, its traces stand below
 * the stack trace, as a suppressed exception, and as a page in {@code target/traces}.
 *
 * <p>Work that is handed over and has not begun when the test ends is not seen: a test waits for it itself. What was recorded
 * before a test began, such as by its constructor, is forgotten.
 *
 * <p>All is sampled, except below what is not. <b>Threads:</b> safe for any number; tests may run beside each other, each with a recorder
 * of its own, except those of {@link Builder#global} and those that go on with the same trace from elsewhere.
 */
public final class TraceRecorder implements BeforeEachCallback, AfterEachCallback {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  /** In the failure of a test; the page has all. */
  private static final int MOST_LINES = 200;
  /** Of a file; file systems take 255 bytes. */
  private static final int LONGEST_NAME = 200;

  private final boolean isGlobal;
  private final AtomicReference<@Nullable ExtensionContext> owner = new AtomicReference<>();
  private final Duration patience;
  private final MarkedIds ids = new MarkedIds();
  private final Recording recording = new Recording(ids);
  private final ContextProblems problems;
  private final OpenTelemetrySdk sdk = sdk(ids, recording);

  private TraceRecorder(Builder builder) {
    isGlobal = builder.isGlobal;
    patience = builder.patience;
    problems = new ContextProblems(ids, builder.allowed);
  }

  /** Makes one, for what is given its {@link #openTelemetry}. */
  public static TraceRecorder create() {
    return builder().build();
  }

  /** Begins one. */
  public static Builder builder() {
    return new Builder();
  }

  /** How a {@link TraceRecorder} is made. */
  public static final class Builder {
    private final List<String> allowed = new ArrayList<>();
    private boolean isGlobal;
    private Duration patience = PATIENCE;

    private Builder() {}

    /**
     * Takes what is made through {@link GlobalOpenTelemetry} too. That can be set once in a JVM, so tests with such recorders
     * must run one after the other, and none may set another.
     */
    public Builder global() {
      isGlobal = true;
      return this;
    }

    /**
     * Lets work be handed over without its context where {@code place} is: the beginning of a class's full name, or of
     * that and a method's, such as {@code com.acme.Sweeper.} or {@code com.acme.Mailer.sendLater}. May be called again.
     */
    public Builder allowLossesAt(String place) {
      allowed.add(place);
      return this;
    }

    /** How long to wait for what is told, and at the end for what has not ended yet. Positive; 5 s unless said. */
    public Builder patience(Duration patience) {
      if (patience.isNegative() || patience.isZero()) {
        throw new IllegalArgumentException("patience must be positive, was " + patience);
      }
      this.patience = patience;
      return this;
    }

    /** Makes it. */
    public TraceRecorder build() {
      return new TraceRecorder(this);
    }
  }

  static OpenTelemetrySdk sdk(IdGenerator ids, SpanProcessor spans) {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(SdkTracerProvider.builder()
            .setSampler(Sampler.parentBased(Sampler.alwaysOn()))
            .setIdGenerator(ids)
            .addSpanProcessor(spans)
            .build())
        .setPropagators(ContextPropagators.create(TextMapPropagator.composite(
            new TraceContextPropagator(), W3CBaggagePropagator.getInstance())))
        .build();
  }

  MarkedIds ids() {
    return ids;
  }

  Recording recording() {
    return recording;
  }

  /** Returns what is to make the spans of what is tested. */
  public OpenTelemetry openTelemetry() {
    return sdk;
  }

  /** Returns the spans that have ended in this test, in that order; the first 20,000 of them. */
  public List<SpanData> spans() {
    return recording.ended();
  }

  /**
   * Returns the only span of this name, once it has ended.
   *
   * @throws AssertionError if there is none, or several
   */
  public SpanData span(String name) {
    Supplier<List<SpanData>> named =
        () -> spans().stream().filter(span -> span.getName().equals(name)).toList();
    await(() -> !named.get().isEmpty());
    List<SpanData> found = named.get();
    if (found.size() != 1) {
      throw new AssertionFailedError(
          "there must be one span '" + name + "', there were " + found.size() + " in\n" + tree());
    }
    return found.get(0);
  }

  /**
   * Says that spans came of each other: {@code "checkout > reserve stock > ship!"}. What stands after a {@code >} was made
   * below what stands before it, however deep, or is linked to something there, in the same trace or another. {@code !}
   * says that it failed, and nothing that it did not.
   *
   * @throws AssertionError if no such spans come within the patience; with all that there were
   * @throws IllegalArgumentException if a name is missing
   */
  public void tells(String sentence) {
    Sentence wanted = Sentence.read(sentence);
    if (!await(() -> story().told(wanted).equals(wanted))) {
      Sentence told = story().told(wanted);
      throw new AssertionFailedError(
          "the traces do not tell '" + wanted + "', "
              + (told.words().isEmpty() ? "not even its beginning" : "only '" + told + "'")
              + ". They are\n" + tree(),
          wanted,
          told);
    }
  }

  /**
   * Says what all traces of this test look like once all spans have ended, as {@link #tree} draws them. Blank lines at the end do
   * not count. What is still to begin is not waited for.
   *
   * @throws AssertionError if they do not within the patience
   */
  public void looksLike(String tree) {
    String wanted = tree.stripTrailing();
    if (!await(() -> recording.open().isEmpty() && tree().stripTrailing().equals(wanted))) {
      String seen = tree();
      String open =
          recording.open().stream().map(span -> "\n" + span.told()).collect(Collectors.joining());
      throw new AssertionFailedError(
          "the traces look like this:\n" + seen + open, wanted, seen.stripTrailing() + open);
    }
  }

  /**
   * Returns what the traces are now: a line for each span that has ended, those below it further in, in the order that they
   * began; with {@code , of …} if it is linked to others, and {@code , failed: …} if it failed.
   */
  public String tree() {
    return story().tree();
  }

  private Story story() {
    return new Story(recording.ended());
  }

  private boolean await(Supplier<Boolean> isThere) {
    try {
      return recording.await(patience, isThere);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return isThere.get();
    }
  }

  @Override
  public void beforeEach(ExtensionContext test) {
    if (!owner.compareAndSet(null, test)) {
      throw new IllegalStateException(
          "one TraceRecorder is for one test at a time: make it a field that is not static");
    }
    if (isGlobal) {
      GlobalRecording.INSTANCE.takenBy(this);
    }
    ids.renew();
    recording.clear();
    problems.clear();
    ContextWatch.watch(problems);
  }

  @Override
  @SuppressWarnings("MustBeClosed") // one that stays
  public void afterEach(ExtensionContext test) {
    if (!test.equals(owner.get())) {
      return; // it was refused
    }
    try {
      Throwable failure = test.getExecutionException().orElse(null);
      if (failure == null) {
        await(() -> recording.open().isEmpty() && !problems.areContextsOpen());
      }
      List<String> found = found();
      if (ids.areIn(Span.current().getSpanContext().getTraceId())) {
        var unused = Context.root().makeCurrent(); // so that others find nothing of it
      }
      if (failure != null) {
        failure.addSuppressed(new RecordedTraces(shown(test, found)));
      } else if (!found.isEmpty()) {
        AssertionFailedError problem = new AssertionFailedError(said(found));
        problem.addSuppressed(new RecordedTraces(shown(test, List.of())));
        throw problem;
      }
    } finally {
      ContextWatch.forget(problems);
      if (isGlobal) {
        GlobalRecording.INSTANCE.leftBy(this);
      }
      ids.retire();
      owner.set(null);
    }
  }

  private List<String> found() {
    List<String> found = new ArrayList<>(problems.all());
    recording.open().forEach(span -> found.add(span.told()));
    return found;
  }

  private static String said(List<String> found) {
    return (found.size() == 1 ? "a problem with traces:" : found.size() + " problems with traces:")
        + found.stream().map(problem -> "\n  - " + problem).collect(Collectors.joining());
  }

  /** All that there is to know, which is written as a page too. */
  private String shown(ExtensionContext test, List<String> found) {
    List<RecordedTrace> traces = story().traces();
    StringBuilder text = new StringBuilder();
    if (!found.isEmpty()) {
      text.append(said(found)).append('\n');
    }
    List<String> lines = traces.stream()
        .flatMap(trace -> Waterfall.text(trace).lines())
        .limit(MOST_LINES + 1)
        .toList();
    lines.stream().limit(MOST_LINES).forEach(line -> text.append(line).append('\n'));
    if (lines.size() > MOST_LINES) {
      text.append("and more\n");
    }
    if (recording.leftOut() > 0) {
      text.append("and ").append(recording.leftOut()).append(" spans more\n");
    }
    if (!traces.isEmpty()) {
      try {
        Path page = Files.createDirectories(directory()).resolve(fileName(test));
        Files.writeString(page, Waterfall.page(traces));
        text.append(page.toAbsolutePath().toUri()).append('\n');
      } catch (IOException e) { // what was found is told all the same
        text.append("there is no page: ").append(e).append('\n');
      }
    }
    return text.toString();
  }

  private static Path directory() {
    Path build = Path.of("build"); // Gradle's
    Path target = Path.of("target"); // Maven's
    return (Files.isDirectory(target) || !Files.isDirectory(build) ? target : build)
        .resolve("traces");
  }

  private static String fileName(ExtensionContext test) {
    String method = test.getRequiredTestMethod().getName();
    String shown = test.getDisplayName();
    String name = test.getRequiredTestClass().getName()
        + '.'
        + method
        + (shown.equals(method + "()") ? "" : "-" + shown);
    String safe = name.replaceAll("[^A-Za-z0-9._-]+", "_");
    return safe.substring(0, Math.min(safe.length(), LONGEST_NAME)) + ".html";
  }
}
