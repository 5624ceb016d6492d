package dev.chasqui.tracing;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.testing.exporter.InMemoryLogRecordExporter;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.List;

/** A real SDK that keeps what it is given. */
@SuppressWarnings("exports") // tests are of the same module, and the SDK is of none
public final class RecordedSpans implements AutoCloseable {
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final InMemoryLogRecordExporter logs = InMemoryLogRecordExporter.create();
  public final OpenTelemetrySdk sdk;

  public RecordedSpans() {
    this(Sampler.parentBased(Sampler.alwaysOn()));
  }

  public RecordedSpans(Sampler sampler) {
    sdk = OpenTelemetrySdk.builder()
        .setTracerProvider(SdkTracerProvider.builder()
            .setSampler(sampler)
            .addSpanProcessor(SimpleSpanProcessor.create(spans))
            .build())
        .setLoggerProvider(SdkLoggerProvider.builder()
            .addLogRecordProcessor(SimpleLogRecordProcessor.create(logs))
            .build())
        .build();
  }

  public Tracing tracing() {
    return Tracing.of("test", sdk);
  }

  public Tracing tracing(TracingConfig config) {
    return Tracing.builder("test").openTelemetry(sdk).config(config).build();
  }

  /** Those that have ended, in that order. */
  public List<SpanData> all() {
    return spans.getFinishedSpanItems();
  }

  public SpanData only() {
    if (all().size() != 1) {
      throw new AssertionError("not one span but " + all());
    }
    return all().get(0);
  }

  public SpanData named(String name) {
    List<SpanData> found =
        all().stream().filter(span -> span.getName().equals(name)).toList();
    if (found.size() != 1) {
      throw new AssertionError("not one span " + name + " in " + all());
    }
    return found.get(0);
  }

  public InMemoryLogRecordExporter logs() {
    return logs;
  }

  @Override
  public void close() {
    sdk.close();
  }
}
