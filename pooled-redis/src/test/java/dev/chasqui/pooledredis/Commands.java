package dev.chasqui.pooledredis;

import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Commands as Lettuce hands them over, made of texts. */
final class Commands {
  private Commands() {}

  /** A keyword that says nothing but its bytes, as the interface allows. */
  record Keyword(String text) implements ProtocolKeyword {
    @Override
    public byte[] getBytes() {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      return "a keyword";
    }
  }

  /** Lettuce's own keyword for a command, if it has one. */
  static Optional<CommandType> type(String name) {
    return Arrays.stream(CommandType.values())
        .filter(type -> type.toString().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst();
  }

  static Command<String, String, String> command(ProtocolKeyword keyword, String... arguments) {
    CommandArgs<String, String> args = new CommandArgs<>(StringCodec.UTF8);
    for (String argument : arguments) {
      args.add(argument);
    }
    return new Command<>(keyword, new StatusOutput<>(StringCodec.UTF8), args);
  }

  /** From {@code XREAD BLOCK 5 STREAMS s 0}, with a keyword that Lettuce does not know. */
  static Command<String, String, String> command(String line) {
    String[] words = line.split(" ", -1);
    return command(new Keyword(words[0]), Arrays.copyOfRange(words, 1, words.length));
  }
}
