package dev.chasqui.tracing.testing;

import dev.chasqui.tracing.sdk.RecordedTrace;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What some spans tell: which came of which, be it as a child or by a link. */
final class Story {
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

  private final List<SpanData> spans;
  private final Map<String, SpanData> byId = new HashMap<>();
  private final Map<String, List<SpanData>> cameOf = new HashMap<>();

  Story(List<SpanData> spans) {
    this.spans = spans;
    for (SpanData span : spans) {
      byId.put(span.getSpanId(), span);
      cameOf.computeIfAbsent(span.getParentSpanId(), id -> new ArrayList<>()).add(span);
      for (LinkData link : span.getLinks()) {
        cameOf
            .computeIfAbsent(link.getSpanContext().getSpanId(), id -> new ArrayList<>())
            .add(span);
      }
    }
  }

  /** Names of spans, each of which came of the one before, {@code !} after those that failed. */
  record Sentence(List<Word> words) {
    private record Word(String name, boolean failed) {
      private boolean fits(SpanData span) {
        return span.getName().equals(name) && RecordedTrace.isFailed(span) == failed;
      }
    }

    static Sentence read(String text) {
      List<Word> words = new ArrayList<>();
      for (String part : text.split(">", -1)) {
        String word = part.strip();
        boolean failed = word.endsWith("!");
        String name = failed ? word.substring(0, word.length() - 1).strip() : word;
        if (name.isEmpty()) {
          throw new IllegalArgumentException(
              "sentence must be names of spans with > between them, was '" + text + "'");
        }
        words.add(new Word(name, failed));
      }
      return new Sentence(words);
    }

    @Override
    public String toString() {
      List<String> texts = new ArrayList<>();
      words.forEach(word -> texts.add(word.failed ? word.name + "!" : word.name));
      return String.join(" > ", texts);
    }
  }

  /** How much of a sentence it tells: none of it is empty, all of it is the sentence itself. */
  Sentence told(Sentence sentence) {
    List<Sentence.Word> words = sentence.words();
    Set<SpanData> here = new LinkedHashSet<>();
    spans.stream().filter(words.get(0)::fits).forEach(here::add);
    int told = 0;
    while (!here.isEmpty()) {
      told++;
      if (told == words.size()) {
        break;
      }
      Sentence.Word next = words.get(told);
      here = allOf(here);
      here.removeIf(span -> !next.fits(span));
    }
    return new Sentence(words.subList(0, told));
  }

  /** All that came of some spans, and of what did. */
  private Set<SpanData> allOf(Set<SpanData> some) {
    Set<SpanData> all = new LinkedHashSet<>();
    Deque<SpanData> next = new ArrayDeque<>(some);
    while (!next.isEmpty()) {
      for (SpanData span : cameOf.getOrDefault(next.pop().getSpanId(), List.of())) {
        if (all.add(span)) {
          next.add(span);
        }
      }
    }
    return all;
  }

  /** The traces, the one first that began first. */
  List<RecordedTrace> traces() {
    Map<String, List<SpanData>> ofTraces = new LinkedHashMap<>();
    spans.forEach(span ->
        ofTraces.computeIfAbsent(span.getTraceId(), id -> new ArrayList<>()).add(span));
    List<RecordedTrace> traces = new ArrayList<>();
    ofTraces.forEach((id, ofTrace) -> traces.add(new RecordedTrace(id, ofTrace)));
    traces.sort(Comparator.comparingLong(RecordedTrace::start));
    return traces;
  }

  /** A line for each span, those below it further in. */
  String tree() {
    StringBuilder tree = new StringBuilder();
    for (RecordedTrace trace : traces()) {
      for (RecordedTrace.Line line : trace.lines()) {
        tree.append("  ".repeat(line.depth())).append(said(line.span())).append('\n');
      }
    }
    return tree.toString();
  }

  private String said(SpanData span) {
    StringBuilder said = new StringBuilder(span.getName());
    for (LinkData link : span.getLinks()) {
      String id = link.getSpanContext().getSpanId();
      SpanData other = byId.get(id);
      if (!id.equals(span.getParentSpanId())) { // which the place says
        said.append(", of ").append(other == null ? "elsewhere" : other.getName());
      }
    }
    if (RecordedTrace.isFailed(span)) {
      String type = span.getAttributes().get(ERROR_TYPE);
      said.append(", failed");
      if (type != null) {
        said.append(": ").append(type.substring(type.lastIndexOf('.') + 1));
      }
    }
    return said.toString();
  }
}
