package dev.chasqui.pooledredis;

import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.RedisCommand;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a command says after its name, read from the bytes that would be sent. Slow: for rare commands. */
final class Arguments {
  /** Longer is for ever: the nanoseconds of three times as much would not fit into a long. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private Arguments() {}

  static List<String> of(RedisCommand<?, ?, ?> command) {
    CommandArgs<?, ?> args = command.getArgs();
    if (args == null || args.count() == 0) {
      return List.of();
    }
    ByteBuf bytes = Unpooled.buffer();
    try {
      args.encode(bytes);
      List<String> texts = new ArrayList<>();
      while (bytes.isReadable()) { // $<length>\r\n<bytes>\r\n, again and again
        bytes.skipBytes(1);
        int length = length(bytes);
        texts.add(bytes.readCharSequence(length, StandardCharsets.UTF_8).toString());
        bytes.skipBytes(2);
      }
      return texts;
    } finally {
      bytes.release();
    }
  }

  private static int length(ByteBuf bytes) {
    int length = 0;
    for (byte digit = bytes.readByte(); digit != '\r'; digit = bytes.readByte()) {
      length = length * 10 + digit - '0';
    }
    bytes.skipBytes(1);
    return length;
  }

  /** How long Redis itself may let {@code command} wait: zero for ever; null if that cannot be told. */
  static @Nullable Duration blockOf(RedisCommand<?, ?, ?> command) {
    List<String> arguments = of(command);
    if (arguments.isEmpty()) {
      return null;
    }
    String last = arguments.get(arguments.size() - 1);
    return switch (CommandName.of(command.getType())) {
      case "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BZPOPMIN", "BZPOPMAX" -> seconds(last);
      case "BLMPOP", "BZMPOP" -> seconds(arguments.get(0));
      case "WAIT", "WAITAOF" -> milliseconds(last);
      case "XREAD", "XREADGROUP" -> blockOfStreamRead(command);
      default -> null;
    };
  }

  /** What stands after {@code BLOCK}; null if it does not stand there. Keys come after {@code STREAMS}. */
  static @Nullable Duration blockOfStreamRead(RedisCommand<?, ?, ?> command) {
    List<String> arguments = of(command);
    int i = 0;
    while (i + 1 < arguments.size()) {
      switch (arguments.get(i).toUpperCase(Locale.ROOT)) {
        case "STREAMS" -> {
          return null;
        }
        case "BLOCK" -> {
          return milliseconds(arguments.get(i + 1));
        }
        case "GROUP" -> i += 3; // a group may be named BLOCK
        case "COUNT" -> i += 2;
        default -> i++;
      }
    }
    return null;
  }

  private static @Nullable Duration seconds(String text) {
    try {
      return block(Math.ceil(Double.parseDouble(text) * 1000)); // never rounded down to 0
    } catch (NumberFormatException e) {
      return null; // Redis will refuse it
    }
  }

  private static @Nullable Duration milliseconds(String text) {
    try {
      return block((double) Long.parseLong(text));
    } catch (NumberFormatException e) {
      return null; // Redis will refuse it
    }
  }

  private static @Nullable Duration block(double millis) {
    if (Double.isNaN(millis) || millis < 0) {
      return null; // Redis will refuse it
    }
    return millis > LONGEST.toMillis() ? Duration.ZERO : Duration.ofMillis((long) millis);
  }
}
