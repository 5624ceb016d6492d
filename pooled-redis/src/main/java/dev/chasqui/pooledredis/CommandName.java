package dev.chasqui.pooledredis;

import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The name that Redis reads, such as {@code GET}: not what a keyword of somebody else calls itself. */
final class CommandName {
  private CommandName() {}

  /** In capitals, whichever way it is written. */
  static String of(ProtocolKeyword keyword) {
    return keyword instanceof CommandType
        ? keyword.toString()
        : new String(keyword.getBytes(), StandardCharsets.UTF_8).toUpperCase(Locale.ROOT);
  }
}
