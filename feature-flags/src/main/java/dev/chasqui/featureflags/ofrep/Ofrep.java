package dev.chasqui.featureflags.ofrep;

import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagEvaluation;
import dev.chasqui.featureflags.FlagSet;
import dev.openfeature.sdk.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers requests of <a href="https://github.com/open-feature/protocol">OpenFeature's Remote Evaluation Protocol</a> 0.3. Knows no
 * HTTP server: takes what a request has and gives what to answer.
 *
 * <pre>{@code
 * Ofrep ofrep = Ofrep.of(provider::flags);
 * OfrepAnswer one = ofrep.evaluate("new-checkout", body);   // POST /ofrep/v1/evaluate/flags/{key}
 * OfrepAnswer all = ofrep.evaluateAll(body, request.header("If-None-Match"), null); // POST /ofrep/v1/evaluate/flags
 * }</pre>
 *
 * <p><b>Errors:</b> whatever bytes a body has, the answer is one of the protocol's; nothing is thrown. 400 {@code PARSE_ERROR} for a
 * body that is no JSON, larger than {@link #LARGEST_BODY} or nested too deep, and for a flag that is wrong; 400 {@code
 * INVALID_CONTEXT}; 404 {@code FLAG_NOT_FOUND}; 500 {@code GENERAL} for a flag whose rule fails. A context without targeting key is
 * none: rules that split by it give their default. <b>No value</b> in an answer, as of a disabled flag, means the default of who asks.
 *
 * <p><b>Validators:</b> the {@code ETag} of all flags is made of the answer itself, so it is the same for as long as the answer is: a
 * change that means nothing to a context, or the time that a rule goes by, cannot make it lie.
 *
 * <p><b>Threads:</b> any number; one request sees the flags of one moment.
 */
public final class Ofrep {
  /** Bytes that a body may have. */
  public static final int LARGEST_BODY = 1 << 18;

  private static final int DEEPEST = 64;
  private static final int LONGEST_DETAILS = 500;
  private static final String JSON_TYPE = "application/json";
  private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private final Supplier<FlagSet> flags;
  private final @Nullable EventStream events;
  private volatile @Nullable Versioned latest; // whoever loses a race works it out again

  private record Versioned(FlagSet set, String version) {}

  private Ofrep(Supplier<FlagSet> flags, @Nullable EventStream events, @Nullable Versioned latest) {
    this.flags = flags;
    this.events = events;
    this.latest = latest;
  }

  /** Answers from the flags that {@code flags} gives at each request. */
  public static Ofrep of(Supplier<FlagSet> flags) {
    return new Ofrep(flags, null, null);
  }

  /** The same, whose answers to {@link #evaluateAll} say where clients hear of changes. */
  public Ofrep withEvents(EventStream stream) {
    return new Ofrep(flags, stream, latest);
  }

  /** One flag, for {@code POST /ofrep/v1/evaluate/flags/{key}}. */
  public OfrepAnswer evaluate(String key, byte[] body) {
    FlagContext context;
    try {
      context = context(body);
    } catch (BadRequestException e) {
      return answer(400, e.json().put("key", key));
    }
    FlagEvaluation evaluation = flags.get().evaluate(key, context);
    return answer(status(evaluation.errorCode()), json(evaluation));
  }

  private static int status(@Nullable ErrorCode code) {
    if (code == null) {
      return 200;
    }
    return switch (code) {
      case FLAG_NOT_FOUND -> 404;
      case PARSE_ERROR, TARGETING_KEY_MISSING, INVALID_CONTEXT, TYPE_MISMATCH -> 400;
      default -> 500;
    };
  }

  /**
   * All flags, for {@code POST /ofrep/v1/evaluate/flags}. Those that are disabled or in error are among them.
   *
   * @param ifNoneMatch the header of the request, null if it has none
   * @param flagConfigEtag the query parameter, by which a client says after which event it asks; null if there is none. Where these
   *     flags are older than that, the answer is never 304.
   */
  public OfrepAnswer evaluateAll(
      byte[] body, @Nullable String ifNoneMatch, @Nullable String flagConfigEtag) {
    FlagContext context;
    try {
      context = context(body);
    } catch (BadRequestException e) {
      return answer(400, e.json());
    }
    FlagSet set = flags.get();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode list = json.putArray("flags");
    for (String key : set.keys()) {
      list.add(json(set.evaluate(key, context)));
    }
    if (events != null) {
      json.putArray("eventStreams").add(json(events));
    }
    ObjectNode metadata = set.document().metadata();
    if (!metadata.isEmpty()) {
      json.set("metadata", metadata);
    }
    byte[] written = bytes(json);
    String etag = '"' + hash(written) + '"';
    boolean mayMatch = flagConfigEtag == null || !isOlderThan(set, flagConfigEtag);
    if (mayMatch && ifNoneMatch != null && matches(ifNoneMatch, etag)) {
      return new OfrepAnswer(304, Map.of("ETag", etag), new byte[0]);
    }
    return new OfrepAnswer(
        200, Map.of("Content-Type", JSON_TYPE, "Cache-Control", "no-cache", "ETag", etag), written);
  }

  /** Which flags these are now, as {@link #refetchEvent} tells it: what a client then sends as {@code flagConfigEtag}. */
  public String version() {
    return version(flags.get());
  }

  private String version(FlagSet set) {
    Versioned known = latest;
    if (known == null || known.set() != set) {
      known =
          new Versioned(set, set.document().revision() + "-" + set.document().fingerprint());
      latest = known;
    }
    return known.version();
  }

  /**
   * Whether a client asks after an event about flags that are newer than those here, so that it is worth getting them before it is
   * answered. Where documents have no revisions, other flags count as newer.
   *
   * @param flagConfigEtag the query parameter
   */
  public boolean isOlderThan(String flagConfigEtag) {
    return isOlderThan(flags.get(), flagConfigEtag);
  }

  private boolean isOlderThan(FlagSet set, String flagConfigEtag) {
    String version = version(set);
    String told = flagConfigEtag.replace("\"", "");
    if (told.equals(version)) {
      return false;
    }
    int dash = told.indexOf('-');
    try {
      return dash > 0
          && Long.parseLong(told.substring(0, dash)) >= set.document().revision();
    } catch (NumberFormatException e) {
      return false; // no version of ours
    }
  }

  /**
   * What a stream of events sends when flags have changed, as server-sent events are written: clients then ask for all flags anew.
   *
   * @param changed when they did
   */
  public String refetchEvent(Instant changed) {
    FlagSet set = flags.get();
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.put("type", "refetchEvaluation");
    data.put("etag", '"' + version(set) + '"');
    data.put("lastModified", changed.getEpochSecond());
    return "id: " + version(set) + "\nevent: message\ndata: " + data + "\n\n";
  }

  /**
   * The context that a request has.
   *
   * @throws IllegalArgumentException if the body is none of the protocol's; says what is wrong with it
   */
  public static FlagContext contextOf(byte[] body) {
    try {
      return context(body);
    } catch (BadRequestException e) {
      throw new IllegalArgumentException(e.json().get("errorDetails").stringValue(), e);
    }
  }

  private static final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    BadRequestException(ErrorCode code, String details) {
      super(details, null, false, false); // an answer, not a fault: nobody reads its stack
      this.code = code;
    }

    ObjectNode json() {
      String details = String.valueOf(getMessage());
      return JsonNodeFactory.instance
          .objectNode()
          .put("errorCode", code.name())
          .put(
              "errorDetails",
              details.length() <= LONGEST_DETAILS
                  ? details
                  : details.substring(0, LONGEST_DETAILS) + "…");
    }
  }

  private static FlagContext context(byte[] body) throws BadRequestException {
    if (body.length == 0) {
      return FlagContext.EMPTY;
    }
    if (body.length > LARGEST_BODY) {
      throw new BadRequestException(
          ErrorCode.PARSE_ERROR,
          "the body must have at most " + LARGEST_BODY + " bytes, had " + body.length);
    }
    JsonNode request;
    try {
      request = JSON.readTree(body);
    } catch (JacksonException e) {
      throw new BadRequestException(
          ErrorCode.PARSE_ERROR, "the body must be JSON: " + e.getOriginalMessage());
    }
    if (!request.isObject()) {
      throw new BadRequestException(ErrorCode.PARSE_ERROR, "the body must be an object");
    }
    JsonNode context = request.get("context");
    try {
      return context == null ? FlagContext.EMPTY : Contexts.read(context);
    } catch (Contexts.BadContextException e) {
      throw new BadRequestException(ErrorCode.INVALID_CONTEXT, String.valueOf(e.getMessage()));
    }
  }

  private static ObjectNode json(FlagEvaluation evaluation) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("key", evaluation.key());
    if (evaluation.errorCode() != null) {
      json.put("errorCode", evaluation.errorCode().name());
      json.put("errorDetails", evaluation.errorMessage());
    } else {
      json.put("reason", evaluation.reason());
      if (evaluation.value() != null) {
        json.put("variant", evaluation.variant());
        json.set("value", evaluation.value());
      }
    }
    if (!evaluation.metadata().isEmpty()) {
      ObjectNode metadata = json.putObject("metadata");
      evaluation.metadata().entrySet().stream()
          .sorted(Map.Entry.comparingByKey()) // or the ETag would change with the process
          .forEach(entry -> metadata.set(entry.getKey(), JSON.valueToTree(entry.getValue())));
    }
    return json;
  }

  private static ObjectNode json(EventStream stream) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("type", "sse");
    if (stream.isPath()) {
      json.putObject("endpoint").put("requestUri", stream.address());
    } else {
      json.put("url", stream.address());
    }
    return json.put("inactivityDelaySec", stream.inactivity().toSeconds());
  }

  private static OfrepAnswer answer(int status, ObjectNode json) {
    return new OfrepAnswer(
        status, Map.of("Content-Type", JSON_TYPE, "Cache-Control", "no-store"), bytes(json));
  }

  /** By way of a string, which may have half a character: a key or a value can. */
  private static byte[] bytes(ObjectNode json) {
    return JSON.writeValueAsString(json).getBytes(StandardCharsets.UTF_8);
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** If-None-Match compares weakly (RFC 9110, 13.1.2). */
  private static boolean matches(String ifNoneMatch, String etag) {
    for (String each : ifNoneMatch.split(",", -1)) {
      String tag = each.strip();
      if (tag.equals("*") || (tag.startsWith("W/") ? tag.substring(2) : tag).equals(etag)) {
        return true;
      }
    }
    return false;
  }
}
