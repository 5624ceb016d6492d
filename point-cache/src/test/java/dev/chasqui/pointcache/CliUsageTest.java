package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a command line may say, before any server is asked. */
final class CliUsageTest {
  private final Map<String, String> environment = new HashMap<>(Map.of(
      "CHASQUI_NAMESPACE", "fleet",
      "CHASQUI_REDIS_URI", "redis://:secret@127.0.0.1:1",
      "CHASQUI_POSTGRES_URL", "jdbc:postgresql://127.0.0.1:1/none?password=secret"));
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private String run(int code, String... line) {
    out.getBuffer().setLength(0);
    assertThat(Cli.run(environment, new PrintWriter(out, true), new PrintWriter(err, true), line))
        .as("%s", err)
        .isEqualTo(code);
    return (out + "" + err).replaceAll("\\s+", " ").trim();
  }

  @Test
  void server_thatIsNotThere_isNamedWithoutItsPassword() {
    assertThat(run(Cli.FAILED, "state"))
        .startsWith("point-cache: Redis: ")
        .contains("127.0.0.1:1")
        .doesNotContain("secret");
  }

  @Test
  void help_fitsIntoEightyColumns() {
    assertThat(run(Cli.OK)).startsWith("Usage: java -cp").isEqualTo(run(Cli.OK, "look", "--help"));
    assertThat(out.toString().lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    assertThat(run(Cli.OK, "help")).contains("look TABLE COLUMN VALUE");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "look vehicle id|look wants TABLE COLUMN VALUE, was given [vehicle, id]",
        "evict|evict wants TABLE COLUMN VALUE, was given []",
        "state now|state wants nothing more, was given [now]",
        "drop|there are the commands look, evict and state, not \"drop\"",
        "--full|there are the commands look, evict and state, not \"\"",
        "state --fast|--fast is no option",
        "state --namespace|--namespace must have a value",
        "state --namespace=Fleet|--namespace must be 1 to 64 of a-z, 0-9, - and _, was \"Fleet\"",
        "state --redis-uri host|--redis-uri: ",
        "state --redis-uri redis://:secret@host|--redis-uri must have no password, which others see among the"
            + " processes: give it by the environment, as CHASQUI_REDIS_URI",
        "state --postgres-url jdbc:mysql:secret|--postgres-url must be jdbc:postgresql://host:port/database",
        "state --postgres-url jdbc:postgresql:x?password=secret|--postgres-url must have no password, which others"
            + " see among the processes: give it by the environment, as CHASQUI_POSTGRES_PASSWORD"
      })
  void commandLine_thatIsWrong_isRefused(String line, String message) {
    assertThat(run(Cli.FAILED, line.split(" ", -1)))
        .startsWith("point-cache: " + message)
        .endsWith("--help says how it is used.")
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "CHASQUI_NAMESPACE, --namespace",
    "CHASQUI_REDIS_URI, --redis-uri",
    "CHASQUI_POSTGRES_URL, --postgres-url"
  })
  void option_missing_isNamedWithItsVariable(String variable, String option) {
    environment.remove(variable);
    assertThat(run(Cli.FAILED, "state"))
        .startsWith("point-cache: " + option + " is missing, and so is " + variable
            + " in the environment");
  }

  @Test
  void page_times_areWhatPeopleRead() {
    assertThat(List.of(
            CliPage.time(850),
            CliPage.time(4_250),
            CliPage.time(3_492_000),
            CliPage.time(7_500_000)))
        .containsExactly("850 ms", "4.3 s", "58 min 12 s", "2 h 5 min");
    assertThat(List.of(
            CliPage.bytes(999),
            CliPage.bytes(1_234),
            CliPage.bytes(999_999),
            CliPage.bytes(3_000_000_000_000_000L)))
        .containsExactly("999 bytes", "1.2 kB", "1.0 MB", "3000.0 TB");
  }
}
