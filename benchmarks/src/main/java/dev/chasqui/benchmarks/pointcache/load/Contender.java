package dev.chasqui.benchmarks.pointcache.load;

import java.util.Locale;
import javax.sql.DataSource;

/** Who takes part. */
enum Contender {
  /** Our cache, as it is if others may write without fences: one process captures what they do. */
  CHASQUI,
  /** Our cache if all place fences. */
  CHASQUI_FENCED,
  JETCACHE,
  /** Nothing but PostgreSQL. */
  POSTGRESQL;

  Vehicles open(WorkerSettings settings, DataSource database) {
    return switch (this) {
      case CHASQUI -> new ChasquiVehicles(settings, database, true);
      case CHASQUI_FENCED -> new ChasquiVehicles(settings, database, false);
      case JETCACHE -> new JetCacheVehicles(settings, database);
      case POSTGRESQL -> new DirectVehicles(database);
    };
  }

  /** As it is named on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
