/** Real PostgreSQL and Redis for tests, and for an application that wants no servers of its own. */
module dev.chasqui.realservers {
  requires java.sql;
  requires org.apache.commons.compress;
  requires org.postgresql.jdbc;
  requires org.tukaani.xz;
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read
  requires static org.junit.jupiter.api; // only for RealServers
  requires static testcontainers; // only when Docker answers

  exports dev.chasqui.realservers;
}
