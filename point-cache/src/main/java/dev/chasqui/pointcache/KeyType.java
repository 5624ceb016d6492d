package dev.chasqui.pointcache;

import java.math.BigInteger;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;

/**
 * A type by whose values rows may be asked for: two of them are equal if and only if their texts are (SPEC 1.5). A value
 * has one form in Java, so that it can be the key of a map, and one text, which is PostgreSQL's.
 */
enum KeyType {
  SMALLINT {
    @Override
    Object canonical(Object value) {
      return number(value, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    @Override
    Object parse(String text) {
      return Long.valueOf(text);
    }
  },
  INTEGER {
    @Override
    Object canonical(Object value) {
      return number(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    @Override
    Object parse(String text) {
      return Long.valueOf(text);
    }
  },
  BIGINT {
    @Override
    Object canonical(Object value) {
      return number(value, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    @Override
    Object parse(String text) {
      return Long.valueOf(text);
    }
  },
  UUID_ {
    @Override
    Object canonical(Object value) {
      return value instanceof UUID ? value : refuse(value, "a java.util.UUID");
    }

    @Override
    Object parse(String text) {
      return UUID.fromString(text);
    }
  },
  BOOLEAN {
    @Override
    Object canonical(Object value) {
      return value instanceof Boolean ? value : refuse(value, "a Boolean");
    }

    @Override
    String text(Object canonical) {
      return canonical.equals(true) ? "t" : "f";
    }

    @Override
    Object parse(String text) {
      return text.equals("t");
    }
  },
  DATE {
    @Override
    Object canonical(Object value) {
      return value instanceof LocalDate date && date.getYear() >= 1 && date.getYear() <= 9999
          ? value
          : refuse(value, "a LocalDate of the years 1 to 9999");
    }

    @Override
    Object parse(String text) {
      return LocalDate.parse(text);
    }
  },
  BYTEA {
    // Its text: an array is equal to nothing but itself.
    @Override
    Object canonical(Object value) {
      return value instanceof byte[] bytes
          ? "\\x" + HexFormat.of().formatHex(bytes)
          : refuse(value, "a byte[]");
    }

    @Override
    Object parse(String text) {
      return text;
    }
  },
  TEXT {
    @Override
    Object canonical(Object value) {
      if (!(value instanceof String text)) {
        return refuse(value, "a String");
      }
      if (!isKeepable(text)) {
        throw new IllegalArgumentException(
            "a text must have no zeros and no halves of surrogate pairs, PostgreSQL keeps none");
      }
      return text;
    }

    private static boolean isKeepable(String text) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == 0 || Character.isLowSurrogate(c)) {
          return false;
        }
        if (Character.isHighSurrogate(c)) {
          i++;
          if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
            return false;
          }
        }
      }
      return true;
    }

    @Override
    Object parse(String text) {
      return text;
    }
  };

  /** Refuses types of which equal values have different texts, or may have. */
  static KeyType of(String type) {
    return switch (withoutLength(type)) {
      case "smallint" -> SMALLINT;
      case "integer" -> INTEGER;
      case "bigint" -> BIGINT;
      case "uuid" -> UUID_;
      case "boolean" -> BOOLEAN;
      case "date" -> DATE;
      case "bytea" -> BYTEA;
      case "text", "character varying" -> TEXT;
      default ->
        throw new IllegalArgumentException(
            type + " is no type to ask by: equal values of it may have different texts; there are"
                + " smallint, integer, bigint, uuid, boolean, date, bytea, text and varchar");
    };
  }

  /** {@code character varying} of {@code character varying(17)}; an array stays one. */
  static String withoutLength(String type) {
    return type.endsWith(")") ? type.substring(0, type.indexOf('(')) : type;
  }

  /** The form of {@code value} that is equal to all others of the same value; refuses what is of another type. */
  abstract Object canonical(Object value);

  /** PostgreSQL's text of what {@link #canonical} returned. */
  String text(Object canonical) {
    return canonical.toString();
  }

  /**
   * What {@link #canonical} returns for the value of this text.
   *
   * @throws IllegalArgumentException if it is the text of none, such as of a date before Christ
   */
  abstract Object parse(String text);

  /** The same, with one kind of exception. */
  final Object read(String text) {
    try {
      return parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(text + " is no " + this, e);
    }
  }

  private static Long number(Object value, long least, long most) {
    if (!(value instanceof BigInteger
        || value instanceof Long
        || value instanceof Integer
        || value instanceof Short)) {
      throw new IllegalArgumentException(
          "must be a Long, Integer or Short, was " + value.getClass().getName());
    }
    long number = ((Number) value).longValue();
    if (number < least
        || number > most
        || (value instanceof BigInteger exact && exact.bitLength() >= Long.SIZE)) {
      throw new IllegalArgumentException("must be " + least + " to " + most + ", was " + value);
    }
    return value instanceof Long same ? same : Long.valueOf(number);
  }

  private static Object refuse(Object value, String wanted) {
    throw new IllegalArgumentException(
        "must be " + wanted + ", was " + value.getClass().getName() + " " + value);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace("_", "");
  }
}
