package dev.chasqui.realservers;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a PostgreSQL database is, and who asks.
 *
 * @param hosts one or more {@code host:port}, separated by commas
 * @param database its name
 * @param options driver options after the question mark, without user and password; may be empty
 */
record PostgresAddress(
    String hosts, String database, String options, String username, String password) {
  private static final Pattern URL =
      Pattern.compile("jdbc:postgresql://([^/?]+)/([^?]+)(?:\\?(.*))?");

  /** Reads {@code jdbc:postgresql://host:port/database?user=…&password=…}. */
  static PostgresAddress parse(String url) {
    Matcher matcher = URL.matcher(url);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("The PostgreSQL URL must look like"
          + " jdbc:postgresql://host:port/database?user=name&password=secret");
    }
    String username = "";
    String password = "";
    List<String> others = new ArrayList<>();
    for (String option :
        matcher.group(3) == null ? new String[0] : matcher.group(3).split("&", -1)) {
      if (option.startsWith("user=")) {
        username = decoded(option);
      } else if (option.startsWith("password=")) {
        password = decoded(option);
      } else if (!option.isEmpty()) {
        others.add(option);
      }
    }
    return new PostgresAddress(
        matcher.group(1), matcher.group(2), String.join("&", others), username, password);
  }

  private static String decoded(String option) {
    return URLDecoder.decode(option.substring(option.indexOf('=') + 1), StandardCharsets.UTF_8);
  }

  /** Where an embedded server is, with the database that every server has. */
  static PostgresAddress of(EmbeddedPostgres server) {
    return new PostgresAddress(
        "127.0.0.1:" + server.port(), "postgres", "", EmbeddedPostgres.USER, server.password());
  }

  PostgresAddress withDatabase(String name) {
    return new PostgresAddress(hosts, name, options, username, password);
  }

  String jdbcUrl() {
    return "jdbc:postgresql://" + hosts + "/" + database + (options.isEmpty() ? "" : "?" + options);
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl(), username, password);
  }
}
