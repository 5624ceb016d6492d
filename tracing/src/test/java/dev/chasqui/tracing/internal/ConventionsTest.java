package dev.chasqui.tracing.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Our names beside those that OpenTelemetry publishes. */
final class ConventionsTest {
  private static final List<String> PUBLISHED = List.of(
      "io.opentelemetry.semconv.ErrorAttributes",
      "io.opentelemetry.semconv.HttpAttributes",
      "io.opentelemetry.semconv.ServerAttributes",
      "io.opentelemetry.semconv.UrlAttributes",
      "io.opentelemetry.semconv.incubating.MessagingIncubatingAttributes");

  private static List<AttributeKey<?>> keysOf(Class<?> type) throws IllegalAccessException {
    List<AttributeKey<?>> keys = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())
          && Modifier.isPublic(field.getModifiers())
          && field.get(null) instanceof AttributeKey<?> key) {
        keys.add(key);
      }
    }
    return keys;
  }

  @Test
  void keys_areAsPublished_withTheirTypes() throws ReflectiveOperationException {
    Map<String, AttributeKey<?>> published = new HashMap<>();
    for (String type : PUBLISHED) {
      keysOf(Class.forName(type)).forEach(key -> published.put(key.getKey(), key));
    }
    List<AttributeKey<?>> ours = keysOf(Conventions.class);
    assertThat(ours).hasSizeGreaterThan(10);
    assertThat(ours)
        .filteredOn(key -> !key.getKey().startsWith("chasqui."))
        .allSatisfy(key -> assertThat(key).isEqualTo(published.get(key.getKey())));
  }

  @Test
  void operations_areAsPublished() throws ReflectiveOperationException {
    Set<Object> published = new HashSet<>();
    for (Field field : Class.forName(
            "io.opentelemetry.semconv.incubating.MessagingIncubatingAttributes$MessagingOperationTypeIncubatingValues")
        .getDeclaredFields()) {
      published.add(field.get(null));
    }
    assertThat(published).contains("send", "process", "receive");
  }
}
