package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.chasqui.pooledredis.RedisConfig.Protocol;
import dev.chasqui.pooledredis.RedisConfig.ReadFrom;
import dev.chasqui.pooledredis.RedisServers.Address;
import dev.chasqui.pooledredis.RedisServers.Cluster;
import dev.chasqui.pooledredis.RedisServers.Sentinel;
import dev.chasqui.pooledredis.RedisServers.Standalone;
import dev.chasqui.pooledredis.RedisServers.UnixSocket;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisUriTest {
  private static final String DURATION = "a whole number and one of ms, s, m and h, as in 250ms";
  private static final String NUMBER = "a whole number from 0 to 2147483647";

  /**
   * One option.
   *
   * @param component of which record's it is
   * @param base a URI without it
   * @param written the option and a value that is not the default
   * @param expected what it makes of the config of {@code base}
   * @param rule the message's, for {@code wrong} values
   */
  record Row(
      String component,
      String base,
      String written,
      UnaryOperator<RedisConfig> expected,
      String rule,
      List<String> wrong) {
    String option() {
      return written.substring(0, written.indexOf('='));
    }

    String uri(String value) {
      return base + (base.contains("?") ? "&" : "?") + option() + "=" + value;
    }

    @Override
    public String toString() {
      return written;
    }
  }

  /** Each component of the record has its row here, and each option. */
  static Stream<Row> rows() {
    return Stream.of(
        row(
            "sentinelUsername",
            "redis-sentinel://h?master=m&sentinelPassword=p",
            "sentinelUsername=b%C3%B6b",
            config -> config.withSentinelUsername("böb")),
        row(
            "sentinelPassword",
            "redis-sentinel://h?master=m",
            "sentinelPassword=%26+%3D%20/:",
            config -> config.withSentinelPassword("&+= /:")),
        number("database", config -> config.withDatabase(7)),
        row(
            "clientName",
            "redis://h",
            "clientName=a/b:c",
            config -> config.withClientName("a/b:c")),
        row(
            "protocol",
            "redis://h",
            "protocol=resp2",
            config -> config.withProtocol(Protocol.RESP2),
            "one of resp2, resp3",
            "2",
            "off",
            "any"),
        row(
            "readFrom",
            "redis://h",
            "readFrom=replica-preferred",
            config -> config.withReadFrom(ReadFrom.REPLICA_PREFERRED),
            "one of master, master-preferred, replica, replica-preferred, any",
            "nearest",
            "slave-preferred",
            "0"),
        number("sharedConnections", config -> config.withSharedConnections(7)),
        number("minConnections", config -> config.withMinConnections(7)),
        number("maxConnections", config -> config.withMaxConnections(7)),
        number("maxWaiters", config -> config.withMaxWaiters(7)),
        number("maxInFlight", config -> config.withMaxInFlight(7)),
        duration("borrowTimeout", config -> config.withBorrowTimeout(Duration.ofSeconds(4))),
        duration("connectTimeout", config -> config.withConnectTimeout(Duration.ofSeconds(4))),
        duration("commandTimeout", config -> config.withCommandTimeout(Duration.ofSeconds(4))),
        duration("maxLifetime", config -> config.withMaxLifetime(Duration.ofSeconds(4))),
        duration("idleTimeout", config -> config.withIdleTimeout(Duration.ofSeconds(4))),
        duration("reconnectMin", config -> config.withReconnectMin(Duration.ofSeconds(4))),
        duration("reconnectMax", config -> config.withReconnectMax(Duration.ofSeconds(4))),
        duration("leakAfter", config -> config.withLeakAfter(Duration.ofSeconds(4))),
        row(
            "Tls.verify",
            "rediss://h",
            "tlsVerify=signature",
            config -> config.withTls(Tls.DEFAULT.withVerify(Tls.Verify.SIGNATURE)),
            "one of full, signature, none",
            "true",
            "off",
            "hostname"),
        row(
            "Tls.trustedCertificates",
            "rediss://h",
            "tlsTrusted=/etc/c%20a.pem",
            config -> config.withTls(Tls.DEFAULT.withTrustedCertificates(Path.of("/etc/c a.pem"))),
            "a path of this machine",
            "%00"),
        row(
            "Tls.certificate",
            "rediss://h?tlsPrivateKey=k",
            "tlsCertificate=c",
            config -> config.withTls(Tls.DEFAULT.withCertificate(Path.of("c"), Path.of("k"))),
            "a path of this machine",
            "%00"),
        row(
            "Tls.privateKey",
            "rediss://h?tlsCertificate=c",
            "tlsPrivateKey=k",
            config -> config.withTls(Tls.DEFAULT.withCertificate(Path.of("c"), Path.of("k"))),
            "a path of this machine",
            "%00"));
  }

  /** Components that are no options, and options that are no components; {@link #forms} has them. */
  private static final Set<String> NOT_OPTIONS = Set.of("servers", "username", "password", "tls");

  private static final Set<String> NOT_COMPONENTS = Set.of("master");

  private static Row number(String name, UnaryOperator<RedisConfig> expected) {
    return row(
        name,
        "redis://h",
        name + "=7",
        expected,
        NUMBER,
        "-1",
        "+1",
        "1.5",
        "1e3",
        "0x10",
        "1_000",
        "7s",
        "off",
        "2147483648",
        "99999999999999999999",
        "%20");
  }

  private static Row duration(String name, UnaryOperator<RedisConfig> expected) {
    return row(
        name,
        "redis://h",
        name + "=4s",
        expected,
        DURATION,
        "4",
        "4d",
        "4S",
        "ms",
        "-4s",
        "1.5s",
        "4sec",
        "4%20s",
        "PT4S",
        "on",
        "99999999999h");
  }

  private static Row row(
      String component, String base, String written, UnaryOperator<RedisConfig> expected) {
    return new Row(component, base, written, expected, "", List.of());
  }

  private static Row row(
      String component,
      String base,
      String written,
      UnaryOperator<RedisConfig> expected,
      String rule,
      String... wrong) {
    return new Row(component, base, written, expected, rule, List.of(wrong));
  }

  @Test
  void rows_allTogether_haveEachComponentAndEachOption() {
    Set<String> components = new TreeSet<>(NOT_OPTIONS);
    Set<String> options = new TreeSet<>(NOT_COMPONENTS);
    rows().forEach(row -> {
      components.add(row.component());
      options.add(row.option());
    });
    assertThat(components)
        .isEqualTo(Stream.concat(
                names(RedisConfig.class, ""), names(Tls.class, Tls.class.getSimpleName() + "."))
            .collect(Collectors.toCollection(TreeSet::new)));
    assertThat(options).isEqualTo(new TreeSet<>(RedisUri.OPTIONS));
  }

  private static Stream<String> names(Class<?> type, String prefix) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordComponent::getName)
        .map(prefix::concat);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void parse_eachOption_setsItsComponent(Row row) {
    String value = row.written().substring(row.option().length() + 1);
    RedisConfig parsed = RedisConfig.parse(row.uri(value));
    if (row.component().equals("Tls.certificate") || row.component().equals("Tls.privateKey")) {
      assertThat(parsed).isEqualTo(row.expected().apply(RedisConfig.parse("rediss://h")));
    } else {
      RedisConfig base = RedisConfig.parse(row.base());
      assertThat(parsed).isEqualTo(row.expected().apply(base)).isNotEqualTo(base);
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void parse_wrongValue_isRefusedWithOptionRuleAndValue(Row row) {
    for (String value : row.wrong()) {
      assertRefused(
          row.uri(value), row.option() + " must be " + row.rule() + ", was \"" + value + "\"");
    }
    assertRefused(row.uri(""), row.option() + " must have a value, was empty");
    assertRefused(
        row.uri("").replaceFirst("=$", ""), row.option() + " must have a value, was empty");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void parse_optionTwice_isRefused(Row row) {
    assertRefused(
        row.uri("1") + "&" + row.option() + "=1",
        row.option() + " must be given once, was given twice");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void parse_optionWithTypo_isRefusedWithTheNameThatWasMeant(Row row) {
    String name = row.option();
    for (String typo : List.of(
        name.substring(1),
        name.substring(0, 2) + name.substring(3),
        name + "s",
        name.toUpperCase(java.util.Locale.ROOT))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> RedisConfig.parse("redis://:password@h?" + typo + "=1"))
          .withMessageStartingWith("option 1 must be one of master, sentinelUsername, ")
          .withMessageEndingWith(", was \"" + typo + "\" (did you mean " + name + "?)");
    }
  }

  static Stream<Object[]> forms() {
    RedisConfig h = RedisConfig.of(new Standalone(new Address("h", 6379)));
    Address a = new Address("a", 6379);
    Address b = new Address("b", 7000);
    return Stream.of(new Object[][] {
      {"redis://h", h},
      {"redis://h/", h},
      {"redis://h:6379/0", h},
      {"redis://h/3", h.withDatabase(3)},
      {"redis://h?database=3", h.withDatabase(3)},
      {"redis://h/?database=3", h.withDatabase(3)},
      {"redis://h:7", h.withServers(new Standalone(new Address("h", 7)))},
      {"redis://[::1]", h.withServers(new Standalone(new Address("::1", 6379)))},
      {"redis://[::1]:7/3", h.withServers(new Standalone(new Address("::1", 7))).withDatabase(3)},
      {"redis://[fe80::1%25eth0]:7", h.withServers(new Standalone(new Address("fe80::1%eth0", 7)))},
      {"redis://:secret@h", h.withPassword("secret")},
      {"redis://u:secret@h", h.withPassword("secret").withUsername("u")},
      {"redis://u:a:b@h", h.withPassword("a:b").withUsername("u")},
      {
        "redis://%C3%BC%3A:%40%2F%3F%23%25+%20@h/3?maxWaiters=0",
        h.withPassword("@/?#%+ ").withUsername("ü:").withDatabase(3).withMaxWaiters(0)
      },
      {"rediss://h", h.withTls(Tls.DEFAULT)},
      {"rediss://h?tlsVerify=none", h.withTls(Tls.DEFAULT.withVerify(Tls.Verify.NONE))},
      {"redis://h?leakAfter=off", h},
      {"redis://h?borrowTimeout=250ms", h.withBorrowTimeout(Duration.ofMillis(250))},
      {"redis://h?borrowTimeout=5m", h.withBorrowTimeout(Duration.ofMinutes(5))},
      {
        "redis://h?borrowTimeout=1h&maxWaiters=3",
        h.withBorrowTimeout(Duration.ofHours(1)).withMaxWaiters(3)
      },
      // Neither is right until the other is read.
      {
        "redis://h?minConnections=20&maxConnections=30",
        h.withMaxConnections(30).withMinConnections(20)
      },
      {"redis-socket:///run/redis.sock", h.withServers(new UnixSocket(Path.of("/run/redis.sock")))},
      {
        "redis-socket://u:secret@/run/r%20s/a@b?database=3".replace("a@b", "a%40b"),
        h.withServers(new UnixSocket(Path.of("/run/r s/a@b")))
            .withPassword("secret")
            .withUsername("u")
            .withDatabase(3)
      },
      {
        "redis-sentinel://a?master=m",
        h.withServers(new Sentinel("m", List.of(new Address("a", 26_379))))
      },
      {
        "rediss-sentinel://u:secret@a:6379,b:7000/3?master=my%2Fmaster&sentinelPassword=p",
        h.withServers(new Sentinel("my/master", List.of(a, b)))
            .withPassword("secret")
            .withUsername("u")
            .withSentinelPassword("p")
            .withDatabase(3)
            .withTls(Tls.DEFAULT)
      },
      {"redis-cluster://b:7000,a", h.withServers(new Cluster(List.of(b, a)))},
      {"redis-cluster://a/0", h.withServers(new Cluster(List.of(a)))},
      {
        "rediss-cluster://:secret@a,[::1]?readFrom=any",
        h.withServers(new Cluster(List.of(a, new Address("::1", 6379))))
            .withPassword("secret")
            .withReadFrom(ReadFrom.ANY)
            .withTls(Tls.DEFAULT)
      },
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void parse_eachForm_givesTheConfig(String uri, RedisConfig expected) {
    assertThat(RedisConfig.parse(uri)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      ''                          | was none
      h:6379                      | was none
      redis:/h                    | was none
      http://h                    | was "http"
      ://h                        | was 0 other characters
      REDIS://h                   | was "REDIS" (did you mean redis?)
      reddis://:secret@h          | was "reddis" (did you mean redis?)
      rediss-socket:///s          | was "rediss-socket" (did you mean redis-socket?)
      redis-sentinels://h         | was "redis-sentinels" (did you mean redis-sentinel?)
      http://:secret@h            | was 4 other characters
      """)
  void parse_unknownScheme_isRefused(String uri, String was) {
    assertRefused(
        uri,
        "scheme must be one of redis://, rediss://, redis-socket://, redis-sentinel://, "
            + "rediss-sentinel://, redis-cluster://, rediss-cluster://, " + was);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      redis://                          | host must not be empty, was ""
      redis://:secret@                  | host must not be empty, was ""
      redis://:7                        | host must not be empty, was ""
      redis:///3                        | host must not be empty, was ""
      redis-cluster://a,,b              | host 2 must not be empty, was ""
      redis-cluster://a,                | host 2 must not be empty, was ""
      redis-cluster://a,b,a:6379        | host 3 must not be given twice, was host 1 too
      redis://a,b                       | host must be one with redis://, were 2; redis-sentinel:// and redis-cluster:// take several
      redis://h:0                       | port of host must be 1 to 65535, was 0
      redis://h:65536                   | port of host must be 1 to 65535, was 65536
      redis://h:                        | port of host must be 1 to 65535, was 0 characters
      redis://h:637900                  | port of host must be 1 to 65535, was 6 characters
      redis://h:-1                      | port of host must be 1 to 65535, was 2 characters
      redis://u:secret                  | port of host must be 1 to 65535, was 6 characters
      redis-cluster://a,b:x             | port of host 2 must be 1 to 65535, was 1 characters
      redis://h/x                       | database must be a whole number, was 1 characters
      redis://:secret@h/x               | database must be a whole number, was "x"
      redis://h/0/1                     | database must be a whole number, was 3 characters
      redis://h/-1                      | database must be a whole number, was 2 characters
      redis://h/9999999999              | database must be a whole number from 0 to 2147483647, was "9999999999"
      redis://h/3?database=3            | database must be given once, was in the path and an option
      redis-cluster://h/1               | database must be 0 in a cluster, which has no other, was 1
      redis-sentinel://h/m              | master must be given with sentinels, as in redis-sentinel://host?master=name, was not
      redis-sentinel://h/m?master=m     | database must be a whole number, was 1 characters; the master's name is an option, as in ?master=name
      redis-sentinel://h                | master must be given with sentinels, as in redis-sentinel://host?master=name, was not
      redis-sentinel://h?master=        | master must have a value, was empty
      redis-sentinel://h?master=a%20b   | master must not have white space or control characters, but its character 2 of 3 was U+0020
      redis://h?master=m                | master must not be given without sentinels, was with redis://
      redis://h?sentinelPassword=secret | sentinelUsername and sentinelPassword must be null without sentinels, servers was Standalone
      redis-socket://                   | path must be that of a socket, as in redis-socket:///run/redis.sock, was ""
      redis-socket:///                  | path must be that of a socket, as in redis-socket:///run/redis.sock, was "/"
      redis-socket:///%00               | path must be a path of this machine, was "/%00"
      redis-socket://run/redis.sock     | host must not be given for a socket, whose path begins with a / of its own, as in redis-socket:///run/redis.sock
      redis-socket:///s?readFrom=any    | readFrom must be MASTER over a Unix socket, since replicas are found by host and port, was ANY
      redis-socket:///s?tlsVerify=full  | tlsVerify must not be given without TLS, whose schemes begin with rediss, was with redis-socket://
      redis://h?tlsTrusted=ca.pem       | tlsTrusted must not be given without TLS, whose schemes begin with rediss, was with redis://
      rediss://h?tlsCertificate=c       | certificate and privateKey must both be given or both be null, but privateKey was null
      redis://secret@h                  | password must follow the user after a colon; a password alone is written :password@
      redis://@h                        | password must follow the user after a colon; a password alone is written :password@
      redis://u:@h                      | password must not be empty, null means none
      redis://:@h                       | password must not be empty, null means none
      redis://a%20b:secret@h            | username must not have white space or control characters, but its character 2 of 3 was U+0020
      redis://h#x                       | fragment must not be there, but has a # at character 10 of 11; write %23 for one that belongs to a value
      redis://h?clientName=a#b          | fragment must not be there, but has a # at character 23 of 24; write %23 for one that belongs to a value
      redis://h?clientName=a@b          | @ must stand once at most, between the password and the hosts; elsewhere write %40, and in user and password / as %2F, ? as %3F and # as %23
      redis-socket:///run/a@b           | @ must stand once at most, between the password and the hosts; elsewhere write %40, and in user and password / as %2F, ? as %3F and # as %23
      redis://:a@b@h                    | @ must stand once at most, between the password and the hosts; elsewhere write %40, and in user and password / as %2F, ? as %3F and # as %23
      redis://:a/b@h                    | @ must stand once at most, between the password and the hosts; elsewhere write %40, and in user and password / as %2F, ? as %3F and # as %23
      redis://h?                        | option 1 must be a name, = and a value, was empty
      redis://h?&maxWaiters=1           | option 1 must be a name, = and a value, was empty
      redis://h?maxWaiters=1&           | option 2 must be a name, = and a value, was empty
      redis://h?maxWaiters=1;x          | maxWaiters must be a whole number from 0 to 2147483647, was "1;x"
      redis://h?clientName=a=b          | clientName must have & before the next option, and in its value = written as %3D and ? as %3F
      redis://h?clientName=a?b          | clientName must have & before the next option, and in its value = written as %3D and ? as %3F
      redis://h?clientName=%C3          | clientName must be UTF-8 after percent-decoding, was not
      redis://:%FF@h                    | password must be UTF-8 after percent-decoding, was not
      redis://h?clientName=%            | URI must have two hexadecimal digits after each %, but has not at character 22 of 22
      redis://:se%cret@h                | URI must have two hexadecimal digits after each %, but has not at character 12 of 18
      redis://:sec ret@h                | URI must have U+0020 percent-encoded, but has it at character 13 of 18
      redis://:sécret@h                 | URI must have U+00E9 percent-encoded, but has it at character 11 of 17
      redis://h:${PORT}                 | URI must have U+007B percent-encoded, but has it at character 12 of 17
      redis://h?maxConnections=0        | maxConnections must be at least 1, was 0
      redis://h?borrowTimeout=0s        | borrowTimeout must be 1 millisecond to 24 days, was PT0S
      redis://h?maxLifetime=577h        | maxLifetime must be 1 millisecond to 24 days, was PT577H
      redis://h?readFrom=replicas       | readFrom must be one of master, master-preferred, replica, replica-preferred, any (did you mean replica?), was "replicas"
      """)
  void parse_wrongPart_isRefusedWithPartValueAndRule(String uri, String message) {
    assertRefused(uri, message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b",
        "[::1",
        "::1",
        "[::1]]",
        "[redis]",
        "[::1]x",
        "[]",
        "a[b",
        "1:2:3:4:5:6:7:8",
        "h%20",
        "[::1]:"
      })
  void parse_wrongHost_isRefused(String host) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisConfig.parse("redis://" + host + "/0"))
        .withMessageMatching("(host|port of host|URI) must .*");
  }

  @Test
  void parse_wrongHost_isRefusedWithItsNumber() {
    assertRefused(
        "redis-cluster://a,[redis]",
        "host 2 must be a name, an IPv4 address or an IPv6 address in brackets, and after it nothing or"
            + " a colon and a port, was 7 characters that are not");
  }

  @Test
  void parse_unknownOptionLikeNone_isQuotedIfThereIsNoPassword() {
    String rule = "option 1 must be one of " + String.join(", ", RedisUri.OPTIONS) + ", was ";
    assertRefused("redis://h?ssl=true", rule + "\"ssl\"");
    assertRefused("redis://:secret@h?ssl=true", rule + "3 other characters");
    assertRefused("redis://h?a.b=true", rule + "3 other characters");
  }

  /** Ways in which a password comes to stand where something else belongs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://:sesame/open@h",
        "redis://:sesame?open@h",
        "redis://:sesame#open@h",
        "redis://:sesame@open@h",
        "redis://:sesame%open@h",
        "redis://:sesame open@h",
        "redis://:sesame%FFopen@h",
        "redis://u:sesame",
        "redis://u:sesame/open",
        "redis://u:sesame?open",
        "redis://sesame@h",
        "redis://sesame:@h",
        "redis:/u:sesame@h",
        "redis//u:sesame@h",
        "u:sesame@h",
        "sesame://u:open@h",
        "redis://h?password=sesame",
        "redis://h?sesame=1&password=x",
        "redis-sentinel://h?master=m&sentinelPassword=open&sesame",
        "redis-sentinel://h?master=m&sentinelPassword=open&sesame=1",
        "redis-sentinel://h?master=m&sentinelPassword=open=sesame",
        "redis-sentinel://h?master=m&sentinelPassword=open?sesame",
        "redis-sentinel://h?master=m&sentinelPasswordsesame",
        "redis-sentinel://h?master=m&sentinelPasswort=sesame",
        "redis-sentinel://h?master=m&maxWaiters=1sentinelPassword=sesame",
        "redis-sentinel://h?master=m&maxWaiters=1;sentinelPassword:sesame",
        "redis-sentinel://h?master=m&sentinelPassword=sesame&sentinelPassword=sesame",
        "redis://h?sentinelPassword=sesame"
      })
  void parse_passwordInTheWrongPlace_isNotInTheMessage(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisConfig.parse(uri))
        .satisfies(refused -> assertThat(refused.toString() + refused.getCause())
            .doesNotContainIgnoringCase("sesame"));
  }

  private static void assertRefused(String uri, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisConfig.parse(uri))
        .withMessage("%s", message);
  }
}
