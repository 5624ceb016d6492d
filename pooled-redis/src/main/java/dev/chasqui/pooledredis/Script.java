package dev.chasqui.pooledredis;

import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that Redis runs as a whole: a Lua script, or a function of a library (from Redis 7 on). It is sent once and
 * called by its digest or name from then on; a server that does not know it, such as after a restart, is sent it again.
 *
 * @param <T> what it returns
 */
public final class Script<T> {
  /**
   * What a script returns, and what Java sees of it.
   *
   * @param <T> the type in Java
   */
  @SuppressWarnings("UnusedTypeParameter") // ties the constants to the type of the answer
  public static final class Returns<T> {
    /** An integer. */
    public static final Returns<Long> INTEGER = new Returns<>(ScriptOutputType.INTEGER);
    /** 1 is true, 0 and nil are false. */
    public static final Returns<Boolean> BOOLEAN = new Returns<>(ScriptOutputType.BOOLEAN);
    /** A status such as {@code OK}, as {@code redis.status_reply} or {@code redis.call('SET', …)} return it. */
    public static final Returns<String> STATUS = new Returns<>(ScriptOutputType.STATUS);
    /** A table: its members are integers, values, or lists again. */
    public static final Returns<List<Object>> LIST = new Returns<>(ScriptOutputType.MULTI);

    private final ScriptOutputType type;

    private Returns(ScriptOutputType type) {
      this.type = type;
    }

    /** Returns: a value, as the codec reads it; nil becomes null. */
    public static <V> Returns<V> value() {
      return new Returns<>(ScriptOutputType.VALUE);
    }

    ScriptOutputType type() {
      return type;
    }
  }

  private final String source;
  private final @Nullable String function;
  private final String digest;
  private final Returns<T> returns;

  private Script(String source, @Nullable String function, Returns<T> returns) {
    if (source.isBlank()) {
      throw new IllegalArgumentException("source must not be blank");
    }
    if (function != null && function.isBlank()) {
      throw new IllegalArgumentException("function must not be blank");
    }
    this.source = source;
    this.function = function;
    this.returns = returns;
    this.digest = sha1(source);
  }

  /** A Lua script, as {@code EVAL} takes it. */
  public static <T> Script<T> lua(String source, Returns<T> returns) {
    return new Script<>(source, null, returns);
  }

  /** The function {@code name} of a library, whose source is as {@code FUNCTION LOAD} takes it. */
  public static <T> Script<T> function(String library, String name, Returns<T> returns) {
    return new Script<>(library, name, returns);
  }

  private static String sha1(String text) {
    try { // names the script; it is no secret and keeps none
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  String source() {
    return source;
  }

  @Nullable
  String function() {
    return function;
  }

  String digest() {
    return digest;
  }

  Returns<T> returns() {
    return returns;
  }

  @Override
  public String toString() {
    return function == null ? "Script[" + digest + "]" : "Script[" + function + "]";
  }
}
