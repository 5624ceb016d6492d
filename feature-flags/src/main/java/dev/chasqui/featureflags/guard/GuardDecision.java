package dev.chasqui.featureflags.guard;

import java.time.Instant;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * That a candidate does harm, and why that is believed. Nothing in it changes any more.
 *
 * @param evidence when it was decided
 * @param revision of the document that the flag was in, 0 if the guard follows none, or one without revisions
 * @param at when it was decided
 */
public record GuardDecision(GuardEvidence evidence, long revision, Instant at) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Key of the flag. */
  public String flag() {
    return evidence.rule().flag();
  }

  /** The candidate that does harm. */
  public String variant() {
    return evidence.candidate();
  }

  /** What follows. */
  public GuardAction action() {
    return evidence.rule().action();
  }

  /** All of it as a JSON object: for a log, or for a server that has the fleet follow. */
  public String toJson() {
    GuardRule rule = evidence.rule();
    ObjectNode json = JSON.createObjectNode()
        .put("flag", flag())
        .put("variant", variant())
        .put("action", action().text())
        .put("metric", rule.metric().text());
    if (rule.metric() instanceof GuardMetric.SlowCalls slow) {
      json.put("slowMillis", slow.longerThan().toNanos() / 1e6);
    }
    json.put("max", rule.margin());
    json.putObject("baseline")
        .put("variant", rule.baseline())
        .put("calls", evidence.baselineCalls())
        .put("harm", evidence.baselineHarm());
    json.putObject("candidate")
        .put("variant", variant())
        .put("calls", evidence.candidateCalls())
        .put("harm", evidence.candidateHarm());
    json.put("eValue", evidence.eValue())
        .put("threshold", rule.threshold())
        .put("alpha", rule.alpha())
        .put("since", evidence.since().toString())
        .put("at", at.toString())
        .put("revision", revision);
    return JSON.writeValueAsString(json);
  }
}
