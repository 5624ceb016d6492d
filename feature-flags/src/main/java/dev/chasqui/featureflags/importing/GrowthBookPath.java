package dev.chasqui.featureflags.importing;

import java.util.Set;

/** Names of attributes, with dots before what is within, which {@code var} finds too. */
final class GrowthBookPath {
  /** What JavaScript finds in every object, and in every array. */
  private static final Set<String> OF_OBJECTS = Set.of(
      "constructor",
      "__defineGetter__",
      "__defineSetter__",
      "hasOwnProperty",
      "__lookupGetter__",
      "__lookupSetter__",
      "isPrototypeOf",
      "propertyIsEnumerable",
      "toString",
      "valueOf",
      "__proto__",
      "toLocaleString");

  private static final Set<String> OF_ARRAYS = Set.of(
      "at",
      "concat",
      "copyWithin",
      "entries",
      "every",
      "fill",
      "filter",
      "find",
      "findIndex",
      "findLast",
      "findLastIndex",
      "flat",
      "flatMap",
      "forEach",
      "includes",
      "indexOf",
      "join",
      "keys",
      "lastIndexOf",
      "map",
      "pop",
      "push",
      "reduce",
      "reduceRight",
      "reverse",
      "shift",
      "slice",
      "some",
      "sort",
      "splice",
      "toReversed",
      "toSorted",
      "toSpliced",
      "unshift",
      "values",
      "with");

  private GrowthBookPath() {}

  /** What a path starts from: a context, which is an object and has a targeting key, or anything, a text or an array too. */
  enum Of {
    CONTEXT,
    ANYTHING
  }

  /** As {@code var} reads it. */
  static String read(String written, Of of, String pointer) {
    String[] parts = written.split("\\.", -1);
    for (int i = 0; i < parts.length; i++) {
      String part = requireOwn(parts[i], pointer);
      if (part.isEmpty()) {
        throw Members.wrong(pointer, "an attribute must have a name");
      }
      if (i == 0 && of == Of.CONTEXT) {
        continue;
      }
      if (part.equals("length") || part.chars().allMatch(Character::isDigit)) {
        throw Members.wrong(pointer, "a rule would look into texts for " + part + " too");
      }
      if (OF_ARRAYS.contains(part)) {
        throw Members.wrong(pointer, "JavaScript finds " + part + " in every array");
      }
    }
    return of == Of.CONTEXT ? ofContext(parts[0], written, pointer) : written;
  }

  private static String ofContext(String first, String written, String pointer) {
    if (first.equals("targetingKey") || first.equals("$flagd")) {
      throw Members.wrong(pointer, first + " is something else here");
    }
    if (!first.equals("id")) {
      return written;
    }
    if (!written.equals("id")) {
      throw Members.wrong(pointer, "there is nothing within id");
    }
    return "targetingKey";
  }

  /** An attribute of a context by its bare name, in which a dot is a letter. */
  static String attribute(String name, String pointer) {
    if (name.contains(".")) {
      throw Members.wrong(pointer, "a rule cannot say a name that has a dot");
    }
    return read(name, Of.CONTEXT, pointer);
  }

  /** The name, unless JavaScript finds it in every object. */
  static String requireOwn(String name, String pointer) {
    if (OF_OBJECTS.contains(name)) {
      throw Members.wrong(pointer, "JavaScript finds " + name + " in every object");
    }
    return name;
  }

  static String within(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
