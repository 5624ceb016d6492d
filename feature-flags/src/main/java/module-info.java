/** Feature flags by OpenFeature, compiled and evaluated in the process that asks. */
@SuppressWarnings(
    "requires-transitive-automatic") // the SDK has a name for modules, but no descriptor
module dev.chasqui.featureflags {
  requires transitive dev.openfeature.sdk; // we are its provider
  requires transitive tools.jackson.databind; // values and documents are JSON, and show in our API
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read
  requires transitive java.net.http; // whose client a source can be given
  requires static dev.chasqui.pooledredis; // for those whose flags are in Redis
  requires static lettuce.core;
  requires static dev.chasqui.hierarchicalconfig; // for those whose profiles have rules
  requires static io.opentelemetry.api; // for those whose spans shall name flags

  exports dev.chasqui.featureflags.config;
  exports dev.chasqui.featureflags.guard;
  exports dev.chasqui.featureflags.importing;
  exports dev.chasqui.featureflags.ofrep;
  exports dev.chasqui.featureflags.redis;
  exports dev.chasqui.featureflags.tracing;
  exports dev.chasqui.featureflags;
}
