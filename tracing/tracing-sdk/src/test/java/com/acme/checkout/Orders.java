package com.acme.checkout;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import java.util.List;

/** Somebody's code, outside the packages that are no callers. */
public final class Orders {
  private Orders() {}

  @SuppressWarnings("exports") // tests are of the same module, which requires it
  public static void load(Tracer tracer, String name, String... keys) {
    Span span = tracer.spanBuilder(name).startSpan();
    List.of(keys).forEach(key -> span.setAttribute(key, 1));
    span.end();
  }
}
