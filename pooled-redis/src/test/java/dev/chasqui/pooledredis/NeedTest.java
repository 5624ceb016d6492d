package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pooledredis.Commands.Keyword;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.RedisProgram;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NeedTest {
  /** Of those that Redis flags as being about blocking, transactions, subscriptions or the connection: what is harmless. */
  private static final Map<String, String> HARMLESS = Map.ofEntries(
      Map.entry("XREAD", "blocks only with BLOCK"),
      Map.entry("XREADGROUP", "blocks only with BLOCK"),
      Map.entry("PUBLISH", "sends, and does not subscribe"),
      Map.entry("SPUBLISH", "sends, and does not subscribe"),
      Map.entry("PUBSUB", "asks about subscriptions"),
      Map.entry("PING", "asks"),
      Map.entry("ECHO", "asks"),
      Map.entry("COMMAND", "asks"),
      Map.entry("LOLWUT", "asks"),
      Map.entry("CLIENT", "depends on what comes after it"));

  /** Of those that Redis keeps from scripts: what leaves nothing on the connection. */
  private static final List<String> SERVER_WIDE = List.of(
      "ACL",
      "BGREWRITEAOF",
      "BGSAVE",
      "CLIENT",
      "CLUSTER",
      "CONFIG",
      "DEBUG",
      "EVAL",
      "EVALSHA",
      "EVALSHA_RO",
      "EVAL_RO",
      "FAILOVER",
      "FCALL",
      "FCALL_RO",
      "FUNCTION",
      "LATENCY",
      "MODULE",
      "PUBSUB",
      "REPLICAOF",
      "ROLE",
      "SAVE",
      "SCRIPT",
      "SHUTDOWN",
      "SLAVEOF");

  private static final List<String> HARMLESS_CLIENT = List.of(
      "getname",
      "getredir",
      "help",
      "id",
      "info",
      "kill",
      "list",
      "pause",
      "trackinginfo",
      "unblock",
      "unpause");

  private static void assertNeed(String name, @Nullable Need need, String... arguments) {
    for (String written :
        List.of(name.toUpperCase(Locale.ROOT), name.toLowerCase(Locale.ROOT), mixed(name))) {
      assertThat(Need.of(Commands.command(new Keyword(written), arguments)))
          .as(written)
          .isEqualTo(need);
    }
    Commands.type(name)
        .ifPresent(type -> assertThat(Need.of(Commands.command(type, arguments)))
            .as("%s", type)
            .isEqualTo(need));
  }

  private static String mixed(String name) {
    return name.substring(0, 1).toLowerCase(Locale.ROOT)
        + name.substring(1).toUpperCase(Locale.ROOT);
  }

  @ParameterizedTest
  @CsvSource({
    "TRANSACTION, MULTI EXEC DISCARD WATCH UNWATCH",
    "BLOCKING, BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF",
    "SUBSCRIPTION, SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE",
    "DATABASE, SELECT",
    "SESSION, AUTH HELLO RESET QUIT READONLY READWRITE ASKING MONITOR SYNC PSYNC REPLCONF"
  })
  void of_commandThatNeedsAConnection_isRecognized(Need need, String names) {
    for (String name : names.split(" ", -1)) {
      assertNeed(name, need);
      assertThat(need.what()).isNotBlank();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "SET", "HGETALL", "EVAL", "PUBLISH", "PING", "XADD", "JSON.GET"})
  void of_plainCommand_isNull(String name) {
    assertNeed(name, null, "BLOCK", "0");
    assertThat(Need.of(new Command<>(CommandType.PING, new StatusOutput<>(StringCodec.UTF8))))
        .as("without arguments")
        .isNull();
  }

  @Test
  void of_everyTypeOfLettuce_isAsItsName() {
    for (CommandType type : CommandType.values()) {
      assertThat(Need.of(Commands.command(type)))
          .as("%s", type)
          .isEqualTo(Need.of(Commands.command(new Keyword(type.toString()))));
    }
  }

  @Test
  void of_streamRead_blocksIfItSaysSo() {
    for (String name : List.of("XREAD", "XREADGROUP")) {
      assertNeed(name, null);
      assertNeed(name, null, "STREAMS", "s", "0");
      assertNeed(name, Need.BLOCKING, "BLOCK", "0", "STREAMS", "s", "0");
      assertNeed(name, Need.BLOCKING, "COUNT", "1", "block", "5", "streams", "s", "0");
    }
  }

  @Test
  void of_client_dependsOnWhatFollows() {
    for (String harmless : HARMLESS_CLIENT) {
      assertNeed("CLIENT", null, harmless);
      assertNeed("CLIENT", null, harmless.toUpperCase(Locale.ROOT));
    }
    assertNeed("CLIENT", Need.TRACKING, "TRACKING", "ON");
    assertNeed("CLIENT", Need.TRACKING, "caching", "yes");
    for (String other : List.of("SETNAME", "SETINFO", "REPLY", "NO-EVICT", "no-touch", "NEW", "")) {
      assertNeed("CLIENT", Need.SESSION, other);
    }
    assertNeed("CLIENT", Need.SESSION);
  }

  @Test
  void of_script_onlyDebugChangesTheConnection() {
    assertNeed("SCRIPT", Need.SESSION, "debug", "yes");
    assertNeed("SCRIPT", null, "LOAD", "return 1");
    assertNeed("SCRIPT", null, "EXISTS", "DEBUG");
    assertNeed("SCRIPT", null);
  }

  /** One line of the answer to {@code COMMAND}. */
  private record Told(
      String name, Collection<?> flags, Collection<?> categories, List<String> subcommands) {
    static Told of(Object line) {
      List<?> parts = (List<?>) line;
      List<String> subcommands = new ArrayList<>();
      if (parts.size() > 9) { // from Redis 7 on
        ((List<?>) parts.get(9)).forEach(part -> subcommands.add(of(part).name()));
      }
      return new Told(
          parts.get(0).toString().toUpperCase(Locale.ROOT),
          (Collection<?>) parts.get(2),
          (Collection<?>) parts.get(6),
          subcommands);
    }

    boolean is(String flag) {
      return flags.contains(flag) || categories.contains(flag);
    }

    @Nullable
    Need need() {
      return Need.of(Commands.command(new Keyword(name)));
    }
  }

  private static List<Told> told(RedisProgram program) {
    try (RedisProcess server = RedisProcess.start(program);
        PooledRedis<String, String> redis = PooledRedis.connect(Servers.config(server))) {
      return redis.sync().command().stream().map(Told::of).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("dev.chasqui.realservers.RedisProgram#all")
  void of_allThatTheServerFlags_needsAConnectionOrIsExplained(RedisProgram program) {
    List<Told> all = told(program);
    assertThat(all).hasSizeGreaterThan(150);
    Map<String, String> unexplained = new TreeMap<>();
    int found = 0;
    for (Told command : all) {
      Need expected = expected(command);
      boolean keptFromScripts = command.is("noscript");
      if (expected == null && !keptFromScripts && !command.is("@connection")) {
        continue;
      }
      found++;
      Need need = command.need();
      boolean explained =
          HARMLESS.containsKey(command.name()) || SERVER_WIDE.contains(command.name());
      if (explained ? need != null && !command.name().equals("CLIENT") : need == null) {
        unexplained.put(command.name(), "is " + need + ", " + command.flags());
      } else if (!explained && expected != null && need != expected) {
        unexplained.put(command.name(), "is " + need + " but the server says " + expected);
      }
    }
    assertThat(unexplained).isEmpty();
    assertThat(found).isGreaterThan(40);
  }

  private static @Nullable Need expected(Told command) {
    if (command.is("blocking") || command.is("@blocking")) {
      return Need.BLOCKING;
    }
    if (command.is("@transaction")) {
      return Need.TRANSACTION;
    }
    return command.is("pubsub") || command.is("@pubsub") ? Need.SUBSCRIPTION : null;
  }

  @ParameterizedTest
  @MethodSource("dev.chasqui.realservers.RedisProgram#all")
  void of_allThatTheServerKnowsOfClient_needsAConnectionOrIsKnownToBeHarmless(
      RedisProgram program) {
    for (Told command : told(program)) {
      for (String subcommand : command.subcommands()) { // none before Redis 7
        if (subcommand.startsWith("CLIENT|")) {
          String what = subcommand.substring("CLIENT|".length());
          assertThat(Need.of(Commands.command(new Keyword("CLIENT"), what)) == null)
              .as(subcommand)
              .isEqualTo(HARMLESS_CLIENT.contains(what.toLowerCase(Locale.ROOT)));
        }
      }
    }
  }
}
