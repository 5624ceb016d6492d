package dev.chasqui.pooledredis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.chasqui.pooledredis.RedisConfig.Draft;
import dev.chasqui.pooledredis.RedisConfig.Protocol;
import dev.chasqui.pooledredis.RedisConfig.ReadFrom;
import dev.chasqui.pooledredis.RedisServers.Address;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link RedisConfig} from a URI.
 *
 * <p>Invariant: no message holds a password, also where the URI is broken in a way that puts the password
 * where something else belongs. So a message quotes only what cannot be one: what resembles a word that we
 * know, short numbers, and values of options that are no passwords; of everything else it says where it is.
 * {@link java.net.URI} is not used because its messages quote everything, and because it knows no lists of
 * hosts.
 */
final class RedisUri {
  private enum Form {
    STANDALONE,
    SOCKET,
    SENTINEL,
    CLUSTER
  }

  private record Scheme(Form form, boolean tls) {}

  private static final int PORT = 6379;
  private static final int SENTINEL_PORT = 26_379;

  private static final Map<String, Scheme> SCHEMES = inOrder(
      Map.entry("redis", new Scheme(Form.STANDALONE, false)),
      Map.entry("rediss", new Scheme(Form.STANDALONE, true)),
      Map.entry("redis-socket", new Scheme(Form.SOCKET, false)),
      Map.entry("redis-sentinel", new Scheme(Form.SENTINEL, false)),
      Map.entry("rediss-sentinel", new Scheme(Form.SENTINEL, true)),
      Map.entry("redis-cluster", new Scheme(Form.CLUSTER, false)),
      Map.entry("rediss-cluster", new Scheme(Form.CLUSTER, true)));

  private static final String MASTER = "master";
  private static final String DATABASE = "database";

  private static final Map<String, BiConsumer<Draft, Value>> COMPONENTS = inOrder(
      Map.entry("sentinelUsername", (draft, value) -> draft.sentinelUsername = value.text()),
      Map.entry("sentinelPassword", (draft, value) -> draft.sentinelPassword = value.text()),
      Map.entry(DATABASE, (draft, value) -> draft.database = value.number()),
      Map.entry("clientName", (draft, value) -> draft.clientName = value.text()),
      Map.entry("protocol", (draft, value) -> draft.protocol = value.constant(Protocol.values())),
      Map.entry("readFrom", (draft, value) -> draft.readFrom = value.constant(ReadFrom.values())),
      Map.entry("sharedConnections", (draft, value) -> draft.sharedConnections = value.number()),
      Map.entry("minConnections", (draft, value) -> draft.minConnections = value.number()),
      Map.entry("maxConnections", (draft, value) -> draft.maxConnections = value.number()),
      Map.entry("maxWaiters", (draft, value) -> draft.maxWaiters = value.number()),
      Map.entry("maxInFlight", (draft, value) -> draft.maxInFlight = value.number()),
      Map.entry("borrowTimeout", (draft, value) -> draft.borrowTimeout = value.duration()),
      Map.entry("connectTimeout", (draft, value) -> draft.connectTimeout = value.duration()),
      Map.entry("commandTimeout", (draft, value) -> draft.commandTimeout = value.duration()),
      Map.entry("maxLifetime", (draft, value) -> draft.maxLifetime = value.duration()),
      Map.entry("idleTimeout", (draft, value) -> draft.idleTimeout = value.duration()),
      Map.entry("reconnectMin", (draft, value) -> draft.reconnectMin = value.duration()),
      Map.entry("reconnectMax", (draft, value) -> draft.reconnectMax = value.duration()),
      Map.entry("leakAfter", (draft, value) -> draft.leakAfter = value.durationOrOff()));

  private static final Map<String, BiConsumer<TlsDraft, Value>> TLS = inOrder(
      Map.entry("tlsVerify", (draft, value) -> draft.verify = value.constant(Tls.Verify.values())),
      Map.entry("tlsTrusted", (draft, value) -> draft.trusted = value.path()),
      Map.entry("tlsCertificate", (draft, value) -> draft.certificate = value.path()),
      Map.entry("tlsPrivateKey", (draft, value) -> draft.privateKey = value.path()));

  /** The names of all options, in the order in which a message lists them. */
  static final List<String> OPTIONS = Stream.of(List.of(MASTER), COMPONENTS.keySet(), TLS.keySet())
      .flatMap(Collection::stream)
      .toList();

  /** Beside letters and digits, what RFC 3986 lets stand for itself somewhere in a URI. */
  private static final String PUNCTUATION = "!#$%&'()*+,-./:;=?@[]_~";

  private static final Pattern WORD = Pattern.compile("[A-Za-z-]{1,30}");
  private static final Pattern PORT_NUMBER = Pattern.compile("[0-9]{1,5}");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,10}");
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,10})(ms|s|m|h)");

  private final String uri;
  private final Scheme scheme;
  private final String schemeName;

  /** Where the {@code @} is, or -1. */
  private final int at;

  private final String authority;
  private final String path;
  private final @Nullable String query;

  /** Takes it apart, without a look at the parts. */
  private RedisUri(String uri) {
    this.uri = uri;
    this.at = uri.indexOf('@');
    refuseWrongCharacters();
    int colon = uri.indexOf("://");
    this.schemeName = colon < 0 ? "" : uri.substring(0, colon);
    Scheme known = SCHEMES.get(schemeName);
    if (known == null) {
      throw new IllegalArgumentException("scheme must be one of "
          + String.join("://, ", SCHEMES.keySet())
          + "://, was "
          + (colon < 0 ? "none" : shownWord(schemeName, SCHEMES.keySet())));
    }
    this.scheme = known;
    int begin = colon + "://".length();
    int end = firstOf("/?", begin);
    int queryMark = firstOf("?", end);
    int fragment = uri.indexOf('#');
    if (at >= end || at != uri.lastIndexOf('@')) {
      throw new IllegalArgumentException(
          "@ must stand once at most, between the password and the hosts; elsewhere write %40, "
              + "and in user and password / as %2F, ? as %3F and # as %23");
    }
    if (fragment >= 0) {
      throw new IllegalArgumentException("fragment must not be there, but has a # at "
          + place(fragment) + "; write %23 for one that belongs to a value");
    }
    this.authority = uri.substring(begin, end);
    this.path = uri.substring(end, queryMark);
    this.query = queryMark == uri.length() ? null : uri.substring(queryMark + 1);
  }

  static RedisConfig parse(String uri) {
    return new RedisUri(uri).read();
  }

  private RedisConfig read() {
    int hostsBegin = authority.indexOf('@') + 1;
    String hosts = authority.substring(hostsBegin);
    String login = authority.substring(0, Math.max(0, hostsBegin - 1));
    int colon = login.indexOf(':');
    if (hostsBegin > 0 && colon < 0) {
      // Some clients take it for a password and others for a user, so nothing is quoted.
      throw new IllegalArgumentException(
          "password must follow the user after a colon; a password alone is written :password@");
    }
    Map<String, Value> options = readOptions();
    Draft draft = new Draft(readServers(hosts, options.remove(MASTER)));
    draft.username = colon > 0 ? decoded("username", login.substring(0, colon)) : null;
    draft.password = hostsBegin > 0 ? decoded("password", login.substring(colon + 1)) : null;
    if (scheme.form() != Form.SOCKET && path.length() > 1) {
      if (options.containsKey(DATABASE)) {
        throw new IllegalArgumentException(
            "database must be given once, was in the path and an option");
      }
      draft.database = readDatabase();
    }
    draft.tls = readTls(options);
    options.forEach((name, value) -> {
      BiConsumer<Draft, Value> component = COMPONENTS.get(name);
      if (component != null) {
        component.accept(draft, value);
      }
    });
    return draft.toConfig();
  }

  private RedisServers readServers(String hosts, @Nullable Value master) {
    if (scheme.form() != Form.SENTINEL && master != null) {
      throw new IllegalArgumentException(
          "master must not be given without sentinels, was with " + schemeName + "://");
    }
    return switch (scheme.form()) {
      case STANDALONE -> readStandalone(hosts);
      case SOCKET -> readSocket(hosts);
      case CLUSTER -> new RedisServers.Cluster(readHosts(hosts));
      case SENTINEL -> {
        if (master == null) {
          throw new IllegalArgumentException(
              "master must be given with sentinels, as in redis-sentinel://host?master=name, was not");
        }
        yield new RedisServers.Sentinel(master.text(), readHosts(hosts));
      }
    };
  }

  private RedisServers readStandalone(String hosts) {
    List<Address> addresses = readHosts(hosts);
    if (addresses.size() > 1) {
      throw new IllegalArgumentException("host must be one with "
          + schemeName
          + "://, were "
          + addresses.size()
          + "; redis-sentinel:// and redis-cluster:// take several");
    }
    return new RedisServers.Standalone(addresses.get(0));
  }

  private RedisServers readSocket(String hosts) {
    if (!hosts.isEmpty()) {
      throw new IllegalArgumentException(
          "host must not be given for a socket, whose path begins with a / of its own, as in redis-socket:///run/redis.sock");
    }
    Path socket = new Value("path", path, decoded("path", path)).path();
    if (path.isEmpty() || socket.getNameCount() == 0) {
      throw new IllegalArgumentException(
          "path must be that of a socket, as in redis-socket:///run/redis.sock, was \"" + path
              + "\"");
    }
    return new RedisServers.UnixSocket(socket);
  }

  private List<Address> readHosts(String hosts) {
    String[] each = hosts.split(",", -1);
    List<Address> addresses = new ArrayList<>();
    for (int i = 0; i < each.length; i++) {
      Address address = readHost(each[i], each.length == 1 ? "" : " " + (i + 1));
      int same = addresses.indexOf(address);
      if (same >= 0) {
        throw new IllegalArgumentException(
            "host " + (i + 1) + " must not be given twice, was host " + (same + 1) + " too");
      }
      addresses.add(address);
    }
    return addresses;
  }

  private Address readHost(String text, String number) {
    boolean brackets = text.startsWith("[");
    // Brackets go up to the last, so that a second pair of them is part of what is refused.
    int hostEnd = brackets ? text.lastIndexOf(']') + 1 : (text + ":").indexOf(':');
    if (text.isEmpty() || (hostEnd == 0 && !brackets)) {
      throw new IllegalArgumentException("host" + number + " must not be empty, was \"\"");
    }
    String host = brackets && hostEnd > 0
        ? decoded("host", text.substring(1, hostEnd - 1))
        : text.substring(0, hostEnd);
    String rest = text.substring(hostEnd);
    if (!(brackets ? Address.isIpV6(host) : Address.isHost(host))
        || !(rest.isEmpty() || rest.startsWith(":"))) {
      throw new IllegalArgumentException("host"
          + number
          + " must be a name, an IPv4 address or an IPv6 address in brackets, and after it nothing or"
          + " a colon and a port, was "
          + text.length()
          + " characters that are not");
    }
    if (rest.isEmpty()) {
      return new Address(host, scheme.form() == Form.SENTINEL ? SENTINEL_PORT : PORT);
    }
    String digits = rest.substring(1);
    int port = PORT_NUMBER.matcher(digits).matches() ? Integer.parseInt(digits) : -1;
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port of host"
          + number
          + " must be 1 to 65535, was "
          // Where the @ is missing, a password stands where the port belongs.
          + (port < 0 ? digits.length() + " characters" : port));
    }
    return new Address(host, port);
  }

  private int readDatabase() {
    Value value = new Value(DATABASE, path.substring(1), decoded(DATABASE, path.substring(1)));
    if (!NUMBER.matcher(value.text()).matches()) {
      String hint = scheme.form() == Form.SENTINEL
          ? "; the master's name is an option, as in ?master=name"
          : "";
      // Where the @ is missing, the path may have the end of a password.
      throw new IllegalArgumentException("database must be a whole number, was "
          + (at < 0 ? value.raw().length() + " characters" : value.shown())
          + hint);
    }
    return value.number();
  }

  /** By name, without names that we do not know and without empty values. */
  private Map<String, Value> readOptions() {
    Map<String, Value> options = new LinkedHashMap<>();
    if (query == null) {
      return options;
    }
    String[] each = query.split("&", -1);
    for (int i = 0; i < each.length; i++) {
      int equals = each[i].indexOf('=');
      String name = equals < 0 ? each[i] : each[i].substring(0, equals);
      if (equals < 0 && !OPTIONS.contains(name)) {
        // It may be the rest of a password that has an & in it.
        throw new IllegalArgumentException(
            "option " + (i + 1) + " must be a name, = and a value, was "
                + (name.isEmpty() ? "empty" : name.length() + " characters without ="));
      }
      if (!OPTIONS.contains(name)) {
        throw new IllegalArgumentException("option " + (i + 1) + " must be one of "
            + String.join(", ", OPTIONS) + ", was " + shownWord(name, OPTIONS));
      }
      String raw = each[i].substring(equals < 0 ? each[i].length() : equals + 1);
      if (raw.isEmpty()) {
        throw new IllegalArgumentException(name + " must have a value, was empty");
      }
      if (raw.indexOf('=') >= 0 || raw.indexOf('?') >= 0) {
        throw new IllegalArgumentException(
            name
                + " must have & before the next option, and in its value = written as %3D and ? as %3F");
      }
      if (options.put(name, new Value(name, raw, decoded(name, raw))) != null) {
        throw new IllegalArgumentException(name + " must be given once, was given twice");
      }
    }
    return options;
  }

  private @Nullable Tls readTls(Map<String, Value> options) {
    TlsDraft draft = new TlsDraft();
    TLS.forEach((name, component) -> {
      Value value = options.get(name);
      if (value == null) {
        return;
      }
      if (!scheme.tls()) {
        throw new IllegalArgumentException(
            name + " must not be given without TLS, whose schemes begin with rediss, was with "
                + schemeName + "://");
      }
      component.accept(draft, value);
    });
    return scheme.tls() ? draft.toTls() : null;
  }

  private void refuseWrongCharacters() {
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c >= 128 || (!Character.isLetterOrDigit(c) && PUNCTUATION.indexOf(c) < 0)) {
        throw new IllegalArgumentException(String.format(
            Locale.ROOT,
            "URI must have U+%04X percent-encoded, but has it at %s",
            (int) c,
            place(i)));
      }
      if (c == '%' && (hexadecimal(i + 1) < 0 || hexadecimal(i + 2) < 0)) {
        throw new IllegalArgumentException(
            "URI must have two hexadecimal digits after each %, but has not at " + place(i));
      }
    }
  }

  private int hexadecimal(int index) {
    return index < uri.length() ? Character.digit(uri.charAt(index), 16) : -1;
  }

  private String place(int index) {
    return "character " + (index + 1) + " of " + uri.length();
  }

  private int firstOf(String characters, int from) {
    int i = from;
    while (i < uri.length() && characters.indexOf(uri.charAt(i)) < 0) {
      i++;
    }
    return i;
  }

  /**
   * Not {@link java.net.URLDecoder}, which makes a space of a plus and a question mark of what is not UTF-8.
   */
  private static String decoded(String part, String raw) {
    ByteBuffer bytes = ByteBuffer.allocate(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) == '%') {
        bytes.put((byte) Integer.parseInt(raw, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.put((byte) raw.charAt(i)); // ASCII, as has been seen to
      }
    }
    try {
      return UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          part + " must be UTF-8 after percent-decoding, was not", e);
    }
  }

  /** For the end of a message: the word, if it cannot be a password or a part of one. */
  private String shownWord(String word, Collection<String> known) {
    String nearest = Nearest.of(word, known);
    if (nearest != null) {
      return "\"" + word + "\" (did you mean " + nearest + "?)";
    }
    boolean noSecrets = at < 0 && !mentionsPassword(uri);
    return noSecrets && WORD.matcher(word).matches()
        ? "\"" + word + "\""
        : word.length() + " other characters";
  }

  private static boolean mentionsPassword(String text) {
    return text.toLowerCase(Locale.ROOT).contains("password");
  }

  private static final class TlsDraft {
    private Tls.Verify verify = Tls.DEFAULT.verify();
    private @Nullable Path trusted;
    private @Nullable Path certificate;
    private @Nullable Path privateKey;

    private Tls toTls() {
      return new Tls(verify, trusted, certificate, privateKey);
    }
  }

  /** An option's value; {@code raw} as it stands in the URI, {@code text} decoded. */
  private record Value(String name, String raw, String text) {
    /** Longer ones say little, and more may have got into them than belongs there. */
    private static final int LONGEST_SHOWN = 40;

    int number() {
      long number = NUMBER.matcher(text).matches() ? Long.parseLong(text) : Long.MAX_VALUE;
      if (number > Integer.MAX_VALUE) {
        throw refused("a whole number from 0 to 2147483647");
      }
      return (int) number;
    }

    Duration duration() {
      Matcher matcher = DURATION.matcher(text);
      if (!matcher.matches()) {
        throw refused("a whole number and one of ms, s, m and h, as in 250ms");
      }
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        default -> Duration.ofHours(amount);
      };
    }

    @Nullable
    Duration durationOrOff() {
      return text.equals("off") ? null : duration();
    }

    <E extends Enum<E>> E constant(E[] constants) {
      for (E constant : constants) {
        if (written(constant).equals(text)) {
          return constant;
        }
      }
      List<String> known = Arrays.stream(constants).map(RedisUri::written).toList();
      String nearest = Nearest.of(text, known);
      throw refused("one of "
          + String.join(", ", known)
          + (nearest == null ? "" : " (did you mean " + nearest + "?)"));
    }

    Path path() {
      try {
        return Path.of(text);
      } catch (InvalidPathException e) {
        throw refused("a path of this machine"); // without the cause, which quotes it all
      }
    }

    private IllegalArgumentException refused(String rule) {
      return new IllegalArgumentException(name + " must be " + rule + ", was " + shown());
    }

    private String shown() {
      return raw.length() <= LONGEST_SHOWN && !mentionsPassword(raw)
          ? "\"" + raw + "\""
          : raw.length() + " characters";
    }
  }

  private static String written(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @SafeVarargs
  private static <V> Map<String, V> inOrder(Map.Entry<String, V>... entries) {
    Map<String, V> map = new LinkedHashMap<>();
    for (Map.Entry<String, V> entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return Collections.unmodifiableMap(map);
  }
}
