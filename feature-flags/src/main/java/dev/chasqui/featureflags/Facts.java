package dev.chasqui.featureflags;

import dev.chasqui.featureflags.Condition.Affix;
import dev.chasqui.featureflags.Condition.OneOf;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one attribute, but for single values that it is not.
 *
 * @param in where its number lies; null: anywhere, or it is NaN
 * @param notBelow where it does not lie: from below all numbers; null: not known
 * @param notAbove as {@code notBelow}, to above all
 * @param values it is one of these, by {@code ===} if {@code exact}, else by {@code ==}; null: anything
 * @param affixes of the text that it is
 * @param notAffixes of no text that it is
 */
record Facts(
    @Nullable Interval in,
    @Nullable Interval notBelow,
    @Nullable Interval notAbove,
    @Nullable Set<Object> values,
    boolean exact,
    List<Affix> affixes,
    List<Affix> notAffixes) {
  static final Facts NONE = new Facts(null, null, null, null, false, List.of(), List.of());

  private static final int MOST_AFFIXES = 20; // of more, no more is known

  /** Whether some value is out of question. */
  interface Exclusion {
    boolean excludes(Object value, boolean exact);
  }

  /** How many values are to be held against one another, at most. */
  long work(OneOf oneOf) {
    return values == null
        ? oneOf.values().size()
        : (long) values.size() * oneOf.values().size();
  }

  /** Whether its number lies in an interval; null if it may or may not. */
  @Nullable
  Boolean decide(Interval interval) {
    if (values != null) {
      if (values.stream().noneMatch(value -> interval.has(Coercion.number(value)))) {
        return false;
      }
      if (values.stream().allMatch(value -> interval.has(Coercion.number(value)))) {
        return true;
      }
    }
    if (in != null) {
      return in.isWithin(interval) ? Boolean.TRUE : in.and(interval).isEmpty() ? false : null;
    }
    boolean isOut = interval.isEmpty()
        || (notBelow != null && interval.isWithin(notBelow))
        || (notAbove != null && interval.isWithin(notAbove));
    return isOut ? false : null;
  }

  /** Whether it begins or ends so; null if it may or may not. */
  @Nullable
  Boolean decide(Affix affix) {
    for (Affix known : affixes) {
      if (known.atEnd() == affix.atEnd()) {
        if (affix.fits(known.text())) {
          return true;
        }
        if (!known.fits(affix.text())) {
          return false;
        }
      }
    }
    for (Affix known : notAffixes) {
      if (known.atEnd() == affix.atEnd() && known.fits(affix.text())) {
        return false;
      }
    }
    if (values == null) {
      return null;
    }
    boolean all = exact;
    boolean any = false;
    for (Object value : values) {
      boolean fits = value instanceof String text && affix.fits(text);
      all &= fits;
      // What is == a number may be a text of it. What is == a text is that text, or no text.
      any |= fits || (!exact && value instanceof Double);
    }
    return all ? Boolean.TRUE : any ? null : false;
  }

  /** Whether it is one of some values; null if it may or may not. */
  @Nullable
  Boolean decide(OneOf oneOf) {
    if (values == null) {
      return null;
    }
    boolean all = true;
    boolean none = true;
    for (Object value : values) {
      Boolean is = is(value, oneOf);
      all &= is != null && is;
      none &= is != null && !is;
    }
    return none ? Boolean.FALSE : all ? true : null;
  }

  /** Whether what is {@code value} is one of some; null if it may or may not. */
  private @Nullable Boolean is(Object value, OneOf oneOf) {
    if (exact == oneOf.exact()) {
      return oneOf.values().contains(value);
    }
    boolean equal = oneOf.values().stream().anyMatch(other -> Coercion.equal(value, other));
    // What is == a value may be of another type than it.
    return equal ? (exact ? Boolean.TRUE : null) : Boolean.FALSE;
  }

  /** Whether it may be {@code value}, by all but the values that it is one of. */
  boolean mayBe(Object value, boolean isExact) {
    double number = Coercion.number(value);
    if ((in != null && !in.has(number))
        || (notBelow != null && notBelow.has(number))
        || (notAbove != null && notAbove.has(number))) {
      return false;
    }
    if (!(value instanceof String text)) {
      return affixes.isEmpty() || !isExact; // with them it is a text, which may be == a number
    }
    return affixes.stream().allMatch(affix -> affix.fits(text))
        && !(isExact && notAffixes.stream().anyMatch(affix -> affix.fits(text)));
  }

  Facts with(Interval interval, boolean holds) {
    if (holds) {
      Interval all = in == null ? interval : in.and(interval);
      all = notBelow == null ? all : all.without(notBelow);
      all = notAbove == null ? all : all.without(notAbove);
      return new Facts(all, notBelow, notAbove, values, exact, affixes, notAffixes);
    }
    Interval below = notBelow;
    Interval above = notAbove;
    if (interval.isFromBelow()) {
      below = below == null || below.isWithin(interval) ? interval : below;
    } else if (interval.isToAbove()) {
      above = above == null || above.isWithin(interval) ? interval : above;
    }
    Interval left = in == null ? null : in.without(interval);
    return new Facts(left, below, above, values, exact, affixes, notAffixes);
  }

  Facts with(Affix affix, boolean holds) {
    List<Affix> more = new ArrayList<>(holds ? affixes : notAffixes);
    if (more.size() == MOST_AFFIXES) {
      return this;
    }
    more.add(affix);
    return new Facts(
        in, notBelow, notAbove, values, exact, holds ? more : affixes, holds ? notAffixes : more);
  }

  Facts with(OneOf oneOf, boolean holds) {
    Set<Object> left = new LinkedHashSet<>();
    boolean leftExact = exact;
    if (values == null) {
      if (!holds) {
        return this;
      }
      left.addAll(oneOf.values());
      leftExact = oneOf.exact();
    } else if (holds && oneOf.exact() && !exact) {
      OneOf before = new OneOf(oneOf.attribute(), values, false, false);
      Facts only = new Facts(in, notBelow, notAbove, oneOf.values(), true, affixes, notAffixes);
      for (Object value : oneOf.values()) {
        if (!Boolean.FALSE.equals(only.is(value, before))) {
          left.add(value);
        }
      }
      leftExact = true;
    } else {
      for (Object value : values) {
        Boolean is = is(value, oneOf);
        if (is == null || is == holds) {
          left.add(value);
        }
      }
    }
    return new Facts(in, notBelow, notAbove, left, leftExact, affixes, notAffixes);
  }

  /** Without values that it cannot be. */
  Facts without(Exclusion exclusion) {
    if (values == null) {
      return this;
    }
    Set<Object> left = new LinkedHashSet<>(values);
    left.removeIf(value -> exclusion.excludes(value, exact) || !mayBe(value, exact));
    return left.size() == values.size()
        ? this
        : new Facts(in, notBelow, notAbove, left, exact, affixes, notAffixes);
  }
}
