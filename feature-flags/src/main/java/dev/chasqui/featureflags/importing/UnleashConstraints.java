package dev.chasqui.featureflags.importing;

import static dev.chasqui.featureflags.importing.Logic.isText;
import static dev.chasqui.featureflags.importing.Logic.operation;
import static dev.chasqui.featureflags.importing.Logic.variable;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Constraints as JsonLogic. Unleash has texts only, and reads each as what the operator is of: a text that is no such thing, or not
 * there, does not fulfil it, and does if it is inverted. JsonLogic reads more as numbers, and {@code sem_ver} more as versions, so the
 * text is looked at first.
 */
final class UnleashConstraints {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?[0-9]+(\\.[0-9]*)?([eE][+-]?[0-9]+)?");
  private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"
      + "T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?(Z|[+-][0-9]{2}:[0-9]{2})");
  private static final String VERSION_NUMBER = "(0|[1-9][0-9]{0,14})";
  private static final String VERSION_PART = "(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)";
  private static final Pattern VERSION = Pattern.compile(VERSION_NUMBER + "\\." + VERSION_NUMBER
      + "\\." + VERSION_NUMBER + "(-" + VERSION_PART + "(\\." + VERSION_PART + ")*)?");
  private static final Pattern ASCII_WITHOUT_LETTERS = Pattern.compile("[\\x00-\\x7f&&[^a-zA-Z]]*");
  private static final Pattern ASCII = Pattern.compile("[\\x00-\\x7f]*");
  private static final double EPSILON = Math.ulp(1.0);

  private UnleashConstraints() {}

  /** True if all hold. */
  static JsonNode all(List<Members> constraints) {
    return Logic.all(constraints.stream().map(UnleashConstraints::rule).toList());
  }

  private static JsonNode rule(Members constraint) {
    String operator = constraint.text("operator");
    if (operator == null) {
      throw constraint.wrongAt("operator", "a constraint must have an operator");
    }
    JsonNode holds = holds(operator, constraint);
    return constraint.flag("inverted") ? operation("!", holds) : holds;
  }

  private static JsonNode holds(String operator, Members constraint) {
    return switch (operator) {
      case "DATE_AFTER", "DATE_BEFORE" -> date(operator, constraint);
      case "IN" -> in(attribute(constraint), constraint);
      case "NOT_IN" -> operation("!", in(attribute(constraint), constraint));
      case "STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS" -> fragments(operator, constraint);
      case "NUM_EQ" -> number("==", constraint);
      case "NUM_GT" -> number(">", constraint);
      case "NUM_GTE" -> number(">=", constraint);
      case "NUM_LT" -> number("<", constraint);
      case "NUM_LTE" -> number("<=", constraint);
      case "SEMVER_EQ" -> version("=", constraint);
      case "SEMVER_GT" -> version(">", constraint);
      case "SEMVER_LT" -> version("<", constraint);
      default ->
        throw constraint.wrongAt(
            "operator", operator + " cannot be said exactly by the rules that are had here");
    };
  }

  /** Of its {@code contextName}. */
  static JsonNode attribute(Members of) {
    String name = of.text("contextName");
    if (name == null) {
      throw of.wrongAt("contextName", "must name an attribute");
    }
    return attribute(name, Members.at(of.pointer(), "contextName"));
  }

  /**
   * What Unleash's context has of that name.
   *
   * @param pointer of the name
   */
  static JsonNode attribute(String name, String pointer) {
    if (name.equals("userId")) {
      return variable("targetingKey");
    }
    if (name.equals("currentTime")) {
      throw Members.wrong(pointer, "the time can only be before or after a date here");
    }
    if (name.equals("targetingKey") || name.equals("$flagd")) {
      throw Members.wrong(pointer, name + " is something else here");
    }
    if (name.isEmpty() || name.contains(".")) {
      throw Members.wrong(pointer, "a rule cannot say a name that is empty or has a dot");
    }
    requireQuotable(name, pointer);
    return variable(name);
  }

  /** Refuses what Unleash's engine, which makes a text of all rules and reads that, may read otherwise. */
  static void requireQuotable(String text, String pointer) {
    if (text.contains("\"") || text.endsWith("\\")) {
      throw Members.wrong(
          pointer, "Unleash's engine may misread a text with a quote, or with \\ at its end");
    }
  }

  private static JsonNode in(JsonNode attribute, Members constraint) {
    ArrayNode list = JSON.arrayNode();
    values(constraint).forEach(list::add);
    return operation("in", attribute, list);
  }

  private static List<String> values(Members constraint) {
    List<String> values = constraint.texts("values");
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i).endsWith("\\")) { // quotes are well here
        requireQuotable(values.get(i), Members.at(constraint.pointer(), "values") + "/" + i);
      }
    }
    return values;
  }

  private static JsonNode fragments(String operator, Members constraint) {
    JsonNode text = attribute(constraint);
    List<String> values = values(constraint);
    if (values.isEmpty()) {
      throw constraint.wrongAt(
          "values", "must not be empty, or Unleash's engine has the whole feature off");
    }
    boolean ignoresCase = constraint.flag("caseInsensitive");
    List<JsonNode> any = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      // no character that has a case becomes one of these when it is put in lower case
      if (!ignoresCase || ASCII_WITHOUT_LETTERS.matcher(value).matches()) {
        any.add(fragment(operator, text, value));
      } else {
        String pointer = Members.at(constraint.pointer(), "values") + "/" + i;
        if (operator.equals("STR_CONTAINS") || !ASCII.matcher(value).matches()) {
          throw Members.wrong(pointer, "letters cannot be looked for here without regard to case");
        }
        any.add(fragmentOfAnyCase(operator.equals("STR_STARTS_WITH"), text, value));
      }
    }
    return Logic.any(any);
  }

  private static JsonNode fragment(String operator, JsonNode text, String value) {
    JsonNode wanted = JSON.stringNode(value);
    return switch (operator) {
      case "STR_STARTS_WITH" -> operation("starts_with", text, wanted);
      case "STR_ENDS_WITH" -> operation("ends_with", text, wanted);
      default ->
        value.isEmpty() // which JsonLogic does not find in an empty text
            ? isText(text)
            : operation("and", isText(text), operation("in", wanted, text));
    };
  }

  /** Each character is one of few. */
  private static JsonNode fragmentOfAnyCase(boolean atStart, JsonNode text, String value) {
    int length = value.length();
    List<JsonNode> all = new ArrayList<>();
    all.add(isText(text));
    if (!atStart && length > 1) { // a place before the start would be the start
      JsonNode before = substring(text, 0, 1 - length);
      all.add(operation("!==", before, JSON.stringNode("")));
    }
    for (int i = 0; i < length; i++) {
      String lower = value.substring(i, i + 1).toLowerCase(Locale.ROOT);
      ArrayNode cases = JSON.arrayNode().add(lower);
      if (!lower.equals(lower.toUpperCase(Locale.ROOT))) {
        cases.add(lower.toUpperCase(Locale.ROOT));
      }
      if (lower.equals("k")) {
        cases.add("\u212a"); // the sign of kelvin, which is k in lower case
      }
      if (lower.equals("i") && atStart && i == length - 1) {
        cases.add("\u0130"); // I with a dot, which becomes i and a dot
      }
      all.add(operation("in", substring(text, atStart ? i : i - length, 1), cases));
    }
    return Logic.all(all);
  }

  private static JsonNode substring(JsonNode text, int from, int length) {
    return operation("substr", text, JSON.numberNode(from), JSON.numberNode(length));
  }

  private static JsonNode number(String operator, Members constraint) {
    JsonNode text = attribute(constraint);
    String written = value(constraint);
    double wanted = NUMBER.matcher(written).matches() ? Double.parseDouble(written) : Double.NaN;
    if (!Double.isFinite(wanted)) {
      throw constraint.wrongAt("value", "is no number: " + written);
    }
    JsonNode number = wanted == Math.rint(wanted) && Math.abs(wanted) < 1e15
        ? JSON.numberNode((long) wanted)
        : JSON.numberNode(wanted);
    ArrayNode digits = JSON.arrayNode();
    ".0123456789".chars().forEach(digit -> digits.add(Character.toString(digit)));
    ArrayNode bases = JSON.arrayNode();
    "xXoObB".chars().forEach(base -> bases.add(Character.toString(base)));
    JsonNode isNumber = operation(
        "and", // JavaScript reads blanks around it, nothing as 0, and other bases: 0x10
        operation("in", substring(text, 0, 1), digits.deepCopy().add("+").add("-")),
        operation("in", substring(text, -1, 1), digits),
        operation("!", operation("in", substring(text, 1, 1), bases)));
    if (!operator.equals("==") || Math.abs(wanted) > 1) {
      return operation("and", isNumber, operation(operator, text, number));
    }
    // they are equal for Unleash if they are nearly so, which can only be up to 1
    JsonNode epsilon = JSON.numberNode(EPSILON);
    return operation(
        "and",
        isNumber,
        operation("<", operation("-", text, number), epsilon),
        operation("<", operation("-", number, text), epsilon));
  }

  private static String value(Members constraint) {
    String value = constraint.text("value");
    if (value == null) {
      throw constraint.wrongAt("value", "there must be one");
    }
    return value;
  }

  private static JsonNode version(String operator, Members constraint) {
    JsonNode text = attribute(constraint);
    String written = value(constraint);
    if (!VERSION.matcher(written).matches()) {
      throw constraint.wrongAt(
          "value",
          "must be a version without build metadata, of numbers with at most 15 digits: "
              + written);
    }
    JsonNode wanted = JSON.stringNode(written);
    JsonNode whole = operation( // three numbers, and no v before them
        "sem_ver",
        operation("cat", JSON.stringNode("1"), text, JSON.stringNode("-a")),
        JSON.stringNode(">"),
        JSON.stringNode("0.0.0"));
    JsonNode compared = operation("sem_ver", text, JSON.stringNode(operator), wanted);
    JsonNode equal = operation("sem_ver", text, JSON.stringNode("="), wanted);
    // Unleash's engine takes a version with build metadata for greater than the same without
    JsonNode built = operation("in", JSON.stringNode("+"), text);
    return switch (operator) {
      case "=" -> operation("and", whole, equal, operation("!", built));
      case ">" ->
        operation("and", whole, operation("or", compared, operation("and", equal, built)));
      default -> operation("and", whole, compared);
    };
  }

  private static JsonNode date(String operator, Members constraint) {
    if (!"currentTime".equals(constraint.text("contextName"))) {
      throw constraint.wrongAt(
          "contextName", "only the time can be compared with dates here: attributes are no dates");
    }
    String written = value(constraint);
    OffsetDateTime date;
    try {
      if (!DATE.matcher(written).matches()) {
        throw new DateTimeException("no such text");
      }
      date = OffsetDateTime.parse(written);
    } catch (DateTimeException e) {
      throw constraint.wrongAt("value", "is no date such as 2026-12-01T08:00:00.000Z: " + written);
    }
    JsonNode now = variable("$flagd.timestamp"); // whole seconds
    long second = date.toEpochSecond();
    return operator.equals("DATE_AFTER")
        ? operation(">", now, JSON.numberNode(second))
        : operation("<", now, JSON.numberNode(date.getNano() == 0 ? second : second + 1));
  }
}
