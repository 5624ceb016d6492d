/** For OpenTelemetry's SDK: which traces and spans are kept, and traces in memory and their picture. */
module dev.chasqui.tracing.sdk {
  requires transitive dev.chasqui.tracing;
  requires transitive io.opentelemetry.api;
  requires transitive io.opentelemetry.context;
  requires transitive io.opentelemetry.sdk.common;
  requires transitive io.opentelemetry.sdk.trace;
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read

  exports dev.chasqui.tracing.sdk;
}
