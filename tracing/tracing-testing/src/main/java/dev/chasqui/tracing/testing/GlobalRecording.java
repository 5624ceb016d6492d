package dev.chasqui.tracing.testing;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import org.jspecify.annotations.Nullable;

/**
 * The one OpenTelemetry that is global while tests run, whose spans are those of the recorder that has it at the time: what is
 * tested may keep what it got of it.
 */
final class GlobalRecording implements SpanProcessor, IdGenerator {
  /** Static, as what it stands for is. */
  static final GlobalRecording INSTANCE = new GlobalRecording();

  private final IdGenerator otherwise = IdGenerator.random();
  private boolean isSet; // guarded by this
  private volatile @Nullable TraceRecorder recorder;

  private GlobalRecording() {}

  /**
   * From now on spans are those of {@code next}.
   *
   * @throws IllegalStateException if somebody else has the global OpenTelemetry
   */
  synchronized void takenBy(TraceRecorder next) {
    if (recorder != null) {
      throw new IllegalStateException(
          "another test has the global OpenTelemetry: such tests must run one after the other");
    }
    if (!isSet) {
      if (GlobalOpenTelemetry.isSet()) {
        throw new IllegalStateException("GlobalOpenTelemetry is set already, by somebody else");
      }
      GlobalOpenTelemetry.set(TraceRecorder.sdk(this, this));
      isSet = true;
    }
    recorder = next;
  }

  synchronized void leftBy(TraceRecorder last) {
    if (last.equals(recorder)) {
      recorder = null;
    }
  }

  @Override
  public String generateSpanId() {
    return otherwise.generateSpanId();
  }

  @Override
  public String generateTraceId() {
    TraceRecorder now = recorder;
    return now == null ? otherwise.generateTraceId() : now.ids().generateTraceId();
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    TraceRecorder now = recorder;
    if (now != null) {
      now.recording().onStart(parent, span);
    }
  }

  @Override
  public boolean isStartRequired() {
    return true;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    TraceRecorder now = recorder;
    if (now != null) {
      now.recording().onEnd(span);
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }
}
