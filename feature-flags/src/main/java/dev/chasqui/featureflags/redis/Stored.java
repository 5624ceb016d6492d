package dev.chasqui.featureflags.redis;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.Script;
import dev.chasqui.pooledredis.Script.Returns;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * How one set of flags is kept. A hash has the {@code revision} and the {@code document}; a set beside it has what was killed
 * since that document. Both have one hash tag, so that scripts change them as one. A revision is the time in milliseconds by
 * Redis' clock, or one more than the one before if that is not less: so it grows also over a Redis that has lost all.
 *
 * <p>News is published on a channel: {@code {"revision": 42}} for a document, {@code {"revision": 42, "flags": ["key"]}} for flags
 * that are killed.
 *
 * <p><b>Threads:</b> immutable.
 */
final class Stored {
  private static final String NEXT = """
      local before = redis.call('HGET', KEYS[1], 'revision') or '0'
      local time = redis.call('TIME')
      local revision = string.format('%.0f', math.max(
          tonumber(before) + 1, tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)))
      """;

  private static final Script<Long> PUBLISH = Script.lua(NEXT + """
      if ARGV[3] ~= '' and ARGV[3] ~= before then
        return 0
      end
      redis.call('HSET', KEYS[1], 'revision', revision, 'document', ARGV[1])
      redis.call('DEL', KEYS[2])
      redis.call('PUBLISH', ARGV[2], '{"revision":' .. revision .. '}')
      return tonumber(revision)
      """, Returns.INTEGER);

  private static final Script<Long> KILL = Script.lua(NEXT + """
      redis.call('PUBLISH', ARGV[2], '{"revision":' .. revision .. ',"flags":' .. ARGV[1] .. '}')
      redis.call('HSET', KEYS[1], 'revision', revision)
      for i = 3, #ARGV do
        redis.call('SADD', KEYS[2], ARGV[i])
      end
      return tonumber(revision)
      """, Returns.INTEGER);

  private static final Script<List<Object>> READ = Script.lua("""
      local revision = redis.call('HGET', KEYS[1], 'revision') or '0'
      if revision == ARGV[1] then
        return {revision}
      end
      local document = redis.call('HGET', KEYS[1], 'document') or ''
      return {revision, document, redis.call('SMEMBERS', KEYS[2])}
      """, Returns.LIST);

  final String name;
  final String hash;
  final String channel;
  private final List<String> keys;

  Stored(String name) {
    if (name.isEmpty() || name.indexOf('{') >= 0 || name.indexOf('}') >= 0) {
      throw new IllegalArgumentException(
          "name must not be empty, nor have braces, which would be a hash tag, was " + name);
    }
    this.name = name;
    this.hash = "chasqui:flags:{" + name + "}";
    this.channel = hash + ":news";
    this.keys = List.of(hash, hash + ":killed");
  }

  /** Ends with the new revision; 0 if it is not {@code expected} now, which is null if that is all the same. */
  CompletionStage<Long> publish(
      PooledRedis<String, String> redis, String document, @Nullable Long expected) {
    return redis.run(
        PUBLISH, keys, List.of(document, channel, expected == null ? "" : Long.toString(expected)));
  }

  /** Ends with the new revision. */
  CompletionStage<Long> kill(PooledRedis<String, String> redis, String json, List<String> flags) {
    List<String> arguments = new ArrayList<>(List.of(json, channel));
    arguments.addAll(flags);
    return redis.run(KILL, keys, arguments);
  }

  /**
   * What was read.
   *
   * @param revision 0 if there is nothing
   * @param document as it is there; null if it is not otherwise than what was known, or there is none
   * @param killed since the document
   */
  record Read(long revision, @Nullable String document, Set<String> killed) {
    /** With what was killed; null without a document. */
    @Nullable
    FlagDocument whole() {
      return document == null
          ? null
          : FlagDocument.parse(document).killed(killed).withRevision(revision);
    }
  }

  /** Reads it, unless it is of the revision that is known. */
  CompletionStage<Read> read(PooledRedis<String, String> redis, long known) {
    return redis.run(READ, keys, List.of(Long.toString(known))).thenApply(Stored::parse);
  }

  private static Read parse(List<Object> answer) {
    long revision = Long.parseLong(String.valueOf(answer.get(0)));
    if (answer.size() == 1) {
      return new Read(revision, null, Set.of());
    }
    Set<String> killed = new HashSet<>();
    if (answer.get(2) instanceof List<?> list) {
      list.forEach(key -> killed.add(String.valueOf(key)));
    }
    String document = String.valueOf(answer.get(1));
    return new Read(revision, document.isEmpty() ? null : document, killed);
  }
}
