/** Feature flags by OpenFeature, compiled and evaluated in the process that asks. */
@SuppressWarnings(
    "requires-transitive-automatic") // the SDK has a name for modules, but no descriptor
module dev.chasqui.featureflags {
  requires transitive dev.openfeature.sdk; // we are its provider
  requires transitive tools.jackson.databind; // values and documents are JSON, and show in our API
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read
  requires transitive java.net.http; // whose client a source can be given

  exports dev.chasqui.featureflags;
}
