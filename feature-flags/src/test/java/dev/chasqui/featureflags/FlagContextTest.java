package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.MutableStructure;
import dev.openfeature.sdk.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class FlagContextTest {
  private static final List<String> NAMES =
      List.of("email", "plan", "address", "n", "targetingKey");

  private final Random random = new Random(17);

  @Test
  void with_eachType_isWhatWasGiven() {
    Instant now = Instant.parse("2026-11-28T10:00:00.123456789Z");
    List<Object> groups = List.of("a", 1, true);
    Map<String, Object> address = Map.of("country", "DE", "lines", List.of(1, 2));
    FlagContext context = FlagContext.of("user-7")
        .with("email", "a@b.c")
        .with("beta", true)
        .with("age", 33)
        .with("account", 9_000_000_000L)
        .with("score", 0.5)
        .with("since", now)
        .with("groups", groups)
        .with("address", address);

    assertThat(context.getTargetingKey()).isEqualTo("user-7");
    assertThat(context.getValue("targetingKey")).isEqualTo(new Value("user-7"));
    assertThat(context.getValue("email")).isEqualTo(new Value("a@b.c"));
    assertThat(context.getValue("beta")).isEqualTo(new Value(true));
    assertThat(context.getValue("age")).isEqualTo(new Value(33));
    assertThat(context.getValue("account")).isEqualTo(new Value(9_000_000_000L));
    assertThat(context.getValue("score")).isEqualTo(new Value(0.5));
    assertThat(context.getValue("since")).isEqualTo(new Value(now));
    assertThat(context.asObjectMap())
        .containsEntry("groups", groups)
        .containsEntry("address", address)
        .containsEntry("account", 9_000_000_000L);
    assertThat(context.getValue("none")).isNull();
  }

  @Test
  void with_null_takesTheAttributeAway() {
    String unknown = null;
    FlagContext context = FlagContext.of("u").with("email", "a@b.c");

    assertThat(context.with("email", unknown)).isEqualTo(FlagContext.of("u"));
    Map<String, @Nullable Object> changes = new HashMap<>();
    changes.put("email", null);
    changes.put("plan", "pro");
    assertThat(context.withAll(changes)).isEqualTo(FlagContext.of("u").with("plan", "pro"));
    assertThat(context.getValue("email")).as("the first is as it was").isNotNull();
  }

  @Test
  void with_whatOpenFeatureHasNoTypeFor_isRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagContext.EMPTY.with("tags", List.of(new Object())))
        .withMessageContaining("attribute tags")
        .withMessageContaining("java.lang.Object");
  }

  @Test
  void with_listThatIsChangedLater_keepsWhatItWas() {
    List<String> groups = new ArrayList<>(List.of("a"));
    FlagContext context = FlagContext.EMPTY.with("groups", groups);
    groups.add("b");

    assertThat(context.asObjectMap()).containsEntry("groups", List.of("a"));
    List<Value> held = Objects.requireNonNull(context.getValue("groups")).asList();
    assertThatThrownBy(() -> held.add(new Value("c")))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void copyOf_contextThatIsChangedLater_keepsWhatItWas() {
    MutableContext mutable = new MutableContext("u").add("n", 1);
    List<Value> list = new ArrayList<>(List.of(new Value(1)));
    mutable.add("list", list);
    MutableStructure structure = new MutableStructure().add("a", 1);
    mutable.add("structure", structure);
    FlagContext copy = FlagContext.copyOf(mutable);
    EvaluationContext reference = new ImmutableContext(mutable.asMap());
    mutable.add("n", 2);
    list.add(new Value(2));
    structure.add("a", 2);

    assertThat(copy.asObjectMap()).isEqualTo(reference.asObjectMap());
    assertThat(copy.asObjectMap()).containsEntry("structure", Map.of("a", 1));
  }

  @Test
  void getValue_twice_isTheSameObject() {
    FlagContext context = FlagContext.of("u").with("plan", "pro");

    assertThat(context.getValue("plan")).isSameAs(context.getValue("plan"));
    assertThat(context.getTargetingKey()).isSameAs(context.getTargetingKey());
  }

  @Test
  void toString_always_tellsNoValues() {
    assertThat(FlagContext.of("secret").with("email", "secret@x.y"))
        .hasToString("FlagContext[email, targetingKey]");
  }

  /** Against the SDK's own class, which is what the interface means. */
  @Test
  void allMethods_randomContexts_answerAsImmutableContext() {
    for (int i = 0; i < 5_000; i++) {
      Map<String, Value> one = randomAttributes(3);
      Map<String, Value> two = randomAttributes(3);
      EvaluationContext expected = new ImmutableContext(one);
      FlagContext actual = FlagContext.copyOf(expected);
      assertSame(actual, expected);

      EvaluationContext overriding = new ImmutableContext(two);
      assertSame(actual.merge(overriding), expected.merge(overriding));
      assertSame(actual.merge(FlagContext.copyOf(overriding)), expected.merge(overriding));
      assertSame(
          FlagContext.copyOf(expected.merge(actual)), expected.merge(new ImmutableContext(one)));
    }
  }

  private static void assertSame(EvaluationContext actual, EvaluationContext expected) {
    assertThat(actual.getTargetingKey()).isEqualTo(expected.getTargetingKey());
    assertThat(actual.isEmpty()).isEqualTo(expected.isEmpty());
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    assertThat(actual.asMap()).isEqualTo(expected.asMap());
    assertThat(actual.asUnmodifiableMap()).isEqualTo(expected.asUnmodifiableMap());
    assertThat(actual.asObjectMap()).isEqualTo(expected.asObjectMap());
    for (String name : NAMES) {
      assertThat(actual.getValue(name)).isEqualTo(expected.getValue(name));
    }
    assertThat(actual).isEqualTo(expected).hasSameHashCodeAs(expected);
    assertThat(expected).isEqualTo(actual);
    assertThat(actual.isEqualTo(expected)).isTrue();
    Map<String, Value> copy = actual.asMap();
    copy.put("more", new Value(1));
    assertThat(actual.getValue("more")).isNull();
  }

  private Map<String, Value> randomAttributes(int depth) {
    Map<String, Value> attributes = new HashMap<>();
    for (String name : NAMES) {
      if (random.nextBoolean()) {
        attributes.put(
            name,
            name.equals("targetingKey") && random.nextInt(8) > 0
                ? new Value("user-" + random.nextInt(3))
                : randomValue(depth));
      }
    }
    return attributes;
  }

  private Value randomValue(int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 6)) {
      case 0 -> new Value("text " + random.nextInt(3));
      case 1 -> new Value(random.nextBoolean());
      case 2 -> new Value(random.nextInt(3));
      case 3 -> new Value(random.nextInt(3) / 2.0);
      case 4 -> new Value(Instant.ofEpochMilli(random.nextInt(3))); // the SDK cuts to these
      case 5 -> new Value();
      case 6 -> {
        List<Value> list = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
          list.add(randomValue(0));
        }
        yield new Value(list);
      }
      default -> new Value(new MutableStructure(randomAttributes(depth - 1)));
    };
  }
}
