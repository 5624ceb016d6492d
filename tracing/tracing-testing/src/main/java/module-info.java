/** Traces in tests with JUnit. */
module dev.chasqui.tracing.testing {
  requires java.instrument;
  requires net.bytebuddy;
  requires net.bytebuddy.agent;
  requires transitive dev.chasqui.tracing.sdk;
  requires transitive io.opentelemetry.api;
  requires io.opentelemetry.sdk;
  requires transitive io.opentelemetry.sdk.trace;
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read
  requires transitive org.junit.jupiter.api;

  exports dev.chasqui.tracing.testing;

  provides io.opentelemetry.context.ContextStorageProvider with
      dev.chasqui.tracing.testing.internal.WatchedContextProvider;
}
