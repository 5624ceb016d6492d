/** A thin layer on the OpenTelemetry API, pleasant to use. */
module dev.chasqui.tracing {
  requires transitive io.opentelemetry.api; // its spans are what we make
  requires transitive io.opentelemetry.context;
  requires static java.net.http; // for those who use the JDK's client or server
  requires static jdk.httpserver;
  requires static ch.qos.logback.classic; // for those who log
  requires static ch.qos.logback.core;
  requires static org.slf4j;
  requires static org.apache.logging.log4j.core;
  requires static io.prometheus
      .metrics
      .tracer
      .common; // for those who show traces of what they count
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read

  exports dev.chasqui.tracing;
  exports dev.chasqui.tracing.http;
  exports dev.chasqui.tracing.log4j;
  exports dev.chasqui.tracing.logback;
  exports dev.chasqui.tracing.prometheus;
}
