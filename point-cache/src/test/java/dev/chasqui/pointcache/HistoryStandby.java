package dev.chasqui.pointcache;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;

/**
 * Reads rows of a standby that may lag for any time; but not when it lags too much (SPEC A2). So a history depends neither
 * on how fast the machine is nor on how long replay is paused.
 */
final class HistoryStandby implements RowLoader, AutoCloseable {
  private final HikariDataSource standby;
  private final RowLoader loader;
  private final Duration most;

  /** @param most how much it may lag, less than that */
  HistoryStandby(HikariDataSource standby, Duration timeout, Duration most) {
    this.standby = standby;
    this.loader = new JdbcRowLoader(standby, timeout);
    this.most = most;
  }

  @Override
  public Loaded load(Table table, String column, List<String> values) {
    Instant shown = lastReplayed(); // or more by the time that it reads
    Loaded loaded = loader.load(table, column, values);
    Duration lag = Duration.between(shown, Instant.now());
    if (lag.compareTo(most) >= 0) {
      throw new LoadFailedException("The standby lags " + lag, new SQLException("lags"));
    }
    return loaded;
  }

  /** When the last commit was made that it shows. All that it does not show yet were made later. */
  private Instant lastReplayed() {
    try (Connection connection = standby.getConnection();
        PreparedStatement statement =
            connection.prepareStatement("select pg_last_xact_replay_timestamp()");
        ResultSet found = statement.executeQuery()) {
      found.next();
      OffsetDateTime replayed = found.getObject(1, OffsetDateTime.class);
      return replayed == null ? Instant.EPOCH : replayed.toInstant();
    } catch (SQLException e) {
      throw new LoadFailedException("How far the standby lags is not known", e);
    }
  }

  @Override
  public void close() {
    standby.close();
  }
}
