/** Answers point queries from memory, then Redis, then PostgreSQL, never staler than a stated bound. */
module dev.chasqui.pointcache {
  requires transitive dev.chasqui.pooledredis; // whose connections it is given
  requires transitive java.sql; // where rows come from
  requires com.github.benmanes.caffeine;
  requires java.naming; // which data sources of pgJDBC know
  requires org.postgresql.jdbc; // its replication stream tells of changes
  requires static org.checkerframework.checker.qual; // annotations of pgJDBC
  requires tools.jackson.core;
  requires static micrometer.core; // for those who have a registry
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read

  exports dev.chasqui.pointcache;
}
