package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.RedisException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * The command line, for whoever operates a cache: what Redis keeps of a value and whether the database has the same, whether
 * readers use it, and its eviction. {@code --help} says how.
 */
public final class Cli {
  static final int OK = 0;
  static final int DIFFERS = 1;
  static final int FAILED = 2;

  private static final String HELP = """
      Usage: java -cp ... dev.chasqui.pointcache.Cli COMMAND [OPTION]...
      Shows what a point-cache keeps in Redis, beside what the database has.

        look TABLE COLUMN VALUE   what is kept of a value, whether the database has
                                  the same, and whether readers use Redis
        evict TABLE COLUMN VALUE  takes it out of Redis and of all processes' memory
        state                     whether readers use Redis, and how capture does

      TABLE is such as vehicle, or transport.vehicle in another schema than public.
      COLUMN is its primary key, or one with an index. What follows -- is no option.

        --namespace NAME      whose rows                   CHASQUI_NAMESPACE
        --redis-uri URI       redis://host:6379            CHASQUI_REDIS_URI
        --postgres-url URL    of the primary,              CHASQUI_POSTGRES_URL
                              jdbc:postgresql://host:5432/database
        --postgres-user NAME  who may read the table       CHASQUI_POSTGRES_USER
                              and his password             CHASQUI_POSTGRES_PASSWORD
        --no-capture          all writers place fences: there need be no watermark
        --full                shorten no texts, and name all rows

      Where an option is not given, the variable of the environment at its right is
      taken. Passwords are taken from there only.

      Exit codes:
        0  the same as the database, not kept, or evicted; state: readers use Redis
        1  different from the database; state: readers bypass Redis
        2  the command line is wrong, or a server did not answer
      """;

  private Cli() {}

  /** Runs a command and exits. */
  public static void main(String... arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(System.getenv(), out, err, arguments));
  }

  /** Runs a command with an environment and outputs of its own; returns the exit code. */
  static int run(
      Map<String, String> environment, PrintWriter out, PrintWriter err, String... arguments) {
    List<String> all = List.of(arguments);
    if (all.isEmpty() || all.contains("--help") || all.get(0).equals("help")) {
      out.print(HELP);
      out.flush();
      return OK;
    }
    try {
      return run(command(all, environment), out);
    } catch (UsageException e) {
      err.println("point-cache: " + e.getMessage());
      err.println("--help says how it is used.");
    } catch (RedisException e) {
      err.println("point-cache: Redis: " + e.getMessage());
    } catch (IllegalArgumentException | LoadFailedException | FenceFailedException e) {
      err.println("point-cache: " + e.getMessage());
    } catch (SQLException e) {
      err.println("point-cache: the database: " + e.getMessage());
    }
    return FAILED;
  }

  private static final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UsageException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static CliOptions command(List<String> arguments, Map<String, String> environment) {
    try {
      CliOptions options = CliOptions.parse(environment, arguments);
      List<String> words = options.words();
      String command = words.isEmpty() ? "" : words.get(0);
      int wanted = switch (command) {
        case "look", "evict" -> 4;
        case "state" -> 1;
        default ->
          throw new IllegalArgumentException(
              "there are the commands look, evict and state, not \"" + command + '"');
      };
      if (words.size() != wanted) {
        throw new IllegalArgumentException(command
            + (wanted == 1 ? " wants nothing more" : " wants TABLE COLUMN VALUE") + ", was given "
            + words.subList(1, words.size()));
      }
      return options;
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()), e);
    }
  }

  private static int run(CliOptions options, PrintWriter out) throws SQLException {
    CliPage page = new CliPage(out);
    try (PooledRedis<String, byte[]> redis =
        PooledRedis.builder(options.redis()).codec(PointCache.CODEC).connect()) {
      NamespaceReport namespace = new NamespaceReport(options, redis, page);
      return switch (options.words().get(0)) {
        case "state" -> namespace.print();
        case "look" -> new KeyReport(options, redis, namespace, page).look();
        default -> new KeyReport(options, redis, namespace, page).evict();
      };
    }
  }
}
