package dev.chasqui.pooledredis;

import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.protocol.RedisCommand;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Why a command needs a connection of its own, or must be followed on one. */
enum Need {
  TRANSACTION("belongs to a transaction"),
  BLOCKING("blocks its connection"),
  SUBSCRIPTION("turns its connection into a subscriber"),
  DATABASE("selects another database for its connection"),
  TRACKING("has its connection told of changed keys"),
  SESSION("changes its connection for good");

  private static final Map<String, Need> BY_NAME = Map.ofEntries(
      Map.entry("MULTI", TRANSACTION),
      Map.entry("EXEC", TRANSACTION),
      Map.entry("DISCARD", TRANSACTION),
      Map.entry("WATCH", TRANSACTION),
      Map.entry("UNWATCH", TRANSACTION),
      Map.entry("BLPOP", BLOCKING),
      Map.entry("BRPOP", BLOCKING),
      Map.entry("BRPOPLPUSH", BLOCKING),
      Map.entry("BLMOVE", BLOCKING),
      Map.entry("BLMOVEM", BLOCKING),
      Map.entry("BLMPOP", BLOCKING),
      Map.entry("BZPOPMIN", BLOCKING),
      Map.entry("BZPOPMAX", BLOCKING),
      Map.entry("BZMPOP", BLOCKING),
      Map.entry("WAIT", BLOCKING),
      Map.entry("WAITAOF", BLOCKING),
      Map.entry("SUBSCRIBE", SUBSCRIPTION),
      Map.entry("PSUBSCRIBE", SUBSCRIPTION),
      Map.entry("SSUBSCRIBE", SUBSCRIPTION),
      Map.entry("UNSUBSCRIBE", SUBSCRIPTION),
      Map.entry("PUNSUBSCRIBE", SUBSCRIPTION),
      Map.entry("SUNSUBSCRIBE", SUBSCRIPTION),
      Map.entry("SELECT", DATABASE),
      Map.entry("AUTH", SESSION),
      Map.entry("HELLO", SESSION),
      Map.entry("RESET", SESSION),
      Map.entry("QUIT", SESSION),
      Map.entry("READONLY", SESSION),
      Map.entry("READWRITE", SESSION),
      Map.entry("ASKING", SESSION),
      Map.entry("MONITOR", SESSION),
      Map.entry("SYNC", SESSION),
      Map.entry("PSYNC", SESSION),
      Map.entry("REPLCONF", SESSION));

  /** What {@code CLIENT …} may be asked without leaving a trace on the connection. */
  private static final Set<String> HARMLESS_CLIENT = Set.of(
      "ID",
      "INFO",
      "LIST",
      "GETNAME",
      "GETREDIR",
      "TRACKINGINFO",
      "KILL",
      "PAUSE",
      "UNPAUSE",
      "UNBLOCK",
      "HELP");

  private static final Map<CommandType, Need> BY_TYPE = new EnumMap<>(CommandType.class);

  static {
    for (CommandType type : CommandType.values()) {
      Need need = BY_NAME.get(type.toString());
      if (need != null) {
        BY_TYPE.put(type, need);
      }
    }
  }

  private final String what;

  Need(String what) {
    this.what = what;
  }

  /** As in "BLPOP blocks its connection". */
  String what() {
    return what;
  }

  /** What {@code command} needs; null for a plain one. */
  static @Nullable Need of(RedisCommand<?, ?, ?> command) {
    ProtocolKeyword keyword = command.getType();
    if (!(keyword instanceof CommandType type)) {
      return byName(CommandName.of(keyword), command);
    }
    return switch (type) {
      case XREAD, XREADGROUP, CLIENT, SCRIPT -> byName(type.toString(), command);
      default -> BY_TYPE.get(type);
    };
  }

  private static @Nullable Need byName(String name, RedisCommand<?, ?, ?> command) {
    return switch (name) {
      case "XREAD", "XREADGROUP" -> Arguments.blockOfStreamRead(command) == null ? null : BLOCKING;
      case "CLIENT" -> ofClient(subcommand(command));
      case "SCRIPT" -> subcommand(command).equals("DEBUG") ? SESSION : null;
      default -> BY_NAME.get(name);
    };
  }

  private static String subcommand(RedisCommand<?, ?, ?> command) {
    List<String> arguments = Arguments.of(command);
    return arguments.isEmpty() ? "" : arguments.get(0).toUpperCase(Locale.ROOT);
  }

  private static @Nullable Need ofClient(String what) {
    if (what.equals("TRACKING") || what.equals("CACHING")) {
      return TRACKING;
    }
    return HARMLESS_CLIENT.contains(what) ? null : SESSION;
  }
}
