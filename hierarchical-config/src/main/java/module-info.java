/** Settings, profiles and their resolution over a hierarchy, with explanations. */
module dev.chasqui.hierarchicalconfig {
  requires transitive tools.jackson.databind; // values are JSON, and show in our API
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read
  requires static com.networknt.schema; // for those who check objects against JSON Schemas
  requires static io.opentelemetry.api; // for those whose spans shall name the config

  exports dev.chasqui.hierarchicalconfig;
  exports dev.chasqui.hierarchicalconfig.schema;
  exports dev.chasqui.hierarchicalconfig.tracing;
}
