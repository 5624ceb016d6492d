package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandKeyword;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ArgumentsTest {
  private static final RedisCodec<String, String> TEXTS = StringCodec.UTF8;

  private static <K, V> List<String> read(CommandArgs<K, V> args, RedisCodec<K, V> codec) {
    return Arguments.of(new Command<>(CommandType.GET, new StatusOutput<>(codec), args));
  }

  @Test
  void of_noArguments_isEmpty() {
    assertThat(Arguments.of(new Command<>(CommandType.PING, new StatusOutput<>(TEXTS))))
        .isEmpty();
    assertThat(read(new CommandArgs<>(TEXTS), TEXTS)).isEmpty();
  }

  @Test
  void of_allKindsOfArguments_areRead() {
    CommandArgs<String, String> args = new CommandArgs<>(TEXTS)
        .add(CommandKeyword.BLOCK)
        .add(CommandType.GET)
        .add(-12L)
        .add(Long.MIN_VALUE)
        .add(0.5)
        .add("text")
        .add(new byte[] {'b'})
        .add(new char[] {'c'})
        .addKey("key")
        .addValue("")
        .addKey("ключ");
    assertThat(read(args, TEXTS))
        .containsExactly(
            "BLOCK",
            "GET",
            "-12",
            "-9223372036854775808",
            "0.5",
            "text",
            "b",
            "c",
            "key",
            "",
            "ключ");
  }

  /** Bytes that look like the protocol, and any others. */
  @Test
  void of_anyBytes_areReadAsTheyWereWritten() {
    List<String> pieces = List.of("\r\n", "$", "$5\r\n", "*3\r\n", "\0", "BLOCK", "-1", "\n", "ä");
    for (int seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      CommandArgs<byte[], byte[]> args = new CommandArgs<>(ByteArrayCodec.INSTANCE);
      List<String> expected = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        byte[] bytes = random.nextBoolean() ? texts(pieces, random) : bytes(random);
        switch (random.nextInt(3)) {
          case 0 -> args.add(bytes);
          case 1 -> args.addKey(bytes);
          default -> args.addValue(bytes);
        }
        expected.add(new String(bytes, StandardCharsets.UTF_8));
      }
      assertThat(read(args, ByteArrayCodec.INSTANCE)).as("seed %s", seed).isEqualTo(expected);
    }
  }

  private static byte[] texts(List<String> pieces, Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append(pieces.get(random.nextInt(pieces.size())));
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(300)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static @Nullable Duration blockOf(String line) {
    return Arguments.blockOf(Commands.command(line));
  }

  @ParameterizedTest
  @CsvSource({
    "BLPOP a b 1, 1000",
    "brpop a 0, 0",
    "BRPOPLPUSH a b 2.5, 2500",
    "BLMOVE a b LEFT RIGHT 3, 3000",
    "BZPOPMIN a 1e1, 10000",
    "BZPOPMAX 7 0.25, 250",
    "BLMPOP 4 1 a LEFT COUNT 9, 4000",
    "BzmPop 0.1 2 a b MIN, 100",
    "WAIT 1 500, 500",
    "WAITAOF 1 0 700, 700",
    "XREAD COUNT 1 BLOCK 8 STREAMS s 0, 8",
    "XREADGROUP GROUP g c BLOCK 9 STREAMS s >, 9"
  })
  void blockOf_eachBlockingCommand_isItsTimeout(String line, long millis) {
    assertThat(blockOf(line)).isEqualTo(Duration.ofMillis(millis));
    String[] words = line.split(" ", -1);
    String[] arguments = List.of(words).subList(1, words.length).toArray(String[]::new);
    Commands.type(words[0])
        .ifPresent(type -> assertThat(Arguments.blockOf(Commands.command(type, arguments)))
            .as("%s", type)
            .isEqualTo(Duration.ofMillis(millis)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET k 1", "BLPOP", "XREAD STREAMS s 0", "BLMOVEM a b 1"})
  void blockOf_noTimeout_isNull(String line) {
    assertThat(blockOf(line)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BLPOP a x",
        "BLPOP a ",
        "BLPOP a -1",
        "BLPOP a NaN",
        "BLPOP a -Infinity",
        "BLMPOP a 1 1",
        "WAIT 1 1.5",
        "WAIT 1 -1",
        "WAIT 1 9223372036854775808",
        "XREAD BLOCK x STREAMS s 0",
        "XREAD BLOCK -1 STREAMS s 0"
      })
  void blockOf_badNumber_isNullSinceRedisRefusesIt(String line) {
    assertThat(blockOf(line)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BLPOP a 1e12",
        "BLPOP a 1e300",
        "BLPOP a Infinity",
        "WAIT 1 9223372036854775807",
        "XREAD BLOCK 9223372036854775807 STREAMS s 0"
      })
  void blockOf_longerThanAnybodyLives_isForEver(String line) {
    assertThat(blockOf(line)).isZero();
    assertThat(ExclusiveWriter.patienceNanos(Commands.command(line), 1)).isZero();
  }

  @Test
  void blockOf_shorterThanAMillisecond_isNotForEver() {
    assertThat(blockOf("BLPOP a 0.0001")).isEqualTo(Duration.ofMillis(1));
  }

  @Test
  void patience_blockingCommand_isThatOfBoth() {
    assertThat(ExclusiveWriter.patienceNanos(Commands.command("BLPOP a 2"), 1_000))
        .isEqualTo(2_000_001_000L);
    assertThat(ExclusiveWriter.patienceNanos(Commands.command("BLPOP a 0"), 1_000))
        .isZero();
    assertThat(ExclusiveWriter.patienceNanos(Commands.command("BLPOP a x"), 1_000))
        .isEqualTo(1_000);
    assertThat(ExclusiveWriter.patienceNanos(Commands.command("GET a"), 1_000)).isEqualTo(1_000);
    assertThat(ExclusiveWriter.patienceNanos(
            Commands.command("BLPOP a " + Duration.ofDays(36_500).toSeconds()),
            Duration.ofDays(24).toNanos()))
        .as("the longest of both")
        .isEqualTo(Duration.ofDays(36_524).toNanos());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "XREAD STREAMS BLOCK 5",
        "XREAD COUNT 5 STREAMS BLOCK a 0 0",
        "XREAD COUNT BLOCK STREAMS 5 0",
        "XREADGROUP GROUP BLOCK 5 STREAMS s >",
        "XREADGROUP GROUP g BLOCK COUNT 5 STREAMS s >",
        "XREADGROUP GROUP STREAMS BLOCK NOACK STREAMS BLOCK 5",
        "XREAD BLOCK",
        "XREAD",
        "XREADGROUP GROUP",
        "XREAD COUNT"
      })
  void blockOfStreamRead_somethingElseIsNamedSo_isNull(String line) {
    assertThat(Arguments.blockOfStreamRead(Commands.command(line))).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "XREAD BLOCK 5 STREAMS s 0",
        "XREAD count 7 block 5 streams STREAMS 0",
        "XREADGROUP GROUP STREAMS BLOCK BLOCK 5 STREAMS s >",
        "XREADGROUP GROUP g c NOACK COUNT 7 BLOCK 5 STREAMS s >",
        "XREADGROUP BLOCK 5 GROUP g c NOACK STREAMS s >",
        "XREADGROUP GROUP COUNT NOACK NOACK CLAIM 9 BLOCK 5 STREAMS BLOCK 7"
      })
  void blockOfStreamRead_whereverItStands_isFound(String line) {
    assertThat(Arguments.blockOfStreamRead(Commands.command(line))).isEqualTo(Duration.ofMillis(5));
  }
}
