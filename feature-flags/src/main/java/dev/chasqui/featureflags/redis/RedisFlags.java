package dev.chasqui.featureflags.redis;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.pooledredis.PooledRedis;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import tools.jackson.databind.json.JsonMapper;

/**
 * A set of flags in Redis: published by some, followed by all who take {@link #source()}.
 *
 * <pre>{@code
 * RedisFlags flags = new RedisFlags(redis, "shop");
 * flags.publish(FlagDocument.parse(json));
 * flags.kill("new-checkout");
 * }</pre>
 *
 * <p>Revisions are given by Redis, and only grow. A flag that is killed is so for each follower as soon as the word reaches it,
 * before it has read anything; and in each document that is read from then on.
 *
 * <p><b>Threads:</b> safe for any number, in any number of processes. <b>Errors:</b> those of {@link PooledRedis}; if it is not
 * known what became of a command, it may have been carried out.
 */
@SuppressWarnings("exports") // whoever has a PooledRedis requires its module
public final class RedisFlags {
  private static final int MOST_TRIES = 50;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PooledRedis<String, String> redis;
  private final Stored stored;

  /**
   * The flags of this name.
   *
   * @param redis which others may use too; it stays open
   * @param name of the set of flags, such as the application's; has no braces
   */
  public RedisFlags(PooledRedis<String, String> redis, String name) {
    this.redis = redis;
    this.stored = new Stored(name);
  }

  /**
   * What is published, with what was killed since; {@link FlagDocument#EMPTY} if there is nothing.
   *
   * @throws FlagFormatException if it was written there by others, and is no document
   */
  public FlagDocument read() {
    Stored.Read read = await(stored.read(redis, -1));
    FlagDocument document = read.whole();
    return document == null ? FlagDocument.EMPTY.withRevision(read.revision()) : document;
  }

  /**
   * Publishes a document in the place of whatever is there. What was killed before is what the document says: to keep it, {@link
   * #update}.
   *
   * @return its revision
   */
  public long publish(FlagDocument document) {
    return await(stored.publish(redis, document.toJson(), null));
  }

  /**
   * Changes what is published. If somebody else changes it meanwhile, it is read and changed anew.
   *
   * @param change makes the new document out of the one that is there; may be called several times
   * @return the new revision
   * @throws IllegalStateException if others were faster each time
   */
  public long update(UnaryOperator<FlagDocument> change) {
    for (int i = 0; i < MOST_TRIES; i++) {
      FlagDocument before = read();
      long revision =
          await(stored.publish(redis, change.apply(before).toJson(), before.revision()));
      if (revision > 0) {
        return revision;
      }
    }
    throw new IllegalStateException("flags " + stored.name + " were changed by others each of "
        + MOST_TRIES + " times that they were to be");
  }

  /** Kills these flags (SPEC.md, 5.1): see {@link #kill(Set)}. */
  public long kill(String... keys) {
    return kill(Set.of(keys));
  }

  /**
   * Kills these flags (SPEC.md, 5.1), until a document is published that says otherwise. Keys of no flag do nothing.
   *
   * @return the revision from which on documents say so too
   */
  public long kill(Set<String> keys) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("keys must not be empty");
    }
    List<String> list = new ArrayList<>(keys);
    return await(stored.kill(redis, JSON.writeValueAsString(list), list));
  }

  /** A source that follows, and looks every 5 seconds whether it has missed something. A new one each time. */
  public RedisSource source() {
    return source(Duration.ofSeconds(5));
  }

  /**
   * A source that follows. A new one each time.
   *
   * @param checkEvery how often it looks whether it has missed something, positive
   */
  public RedisSource source(Duration checkEvery) {
    return new RedisSource(redis, stored, checkEvery);
  }

  private <T> T await(CompletionStage<T> answer) {
    try {
      // Each command ends by itself; this is for more than one.
      return answer
          .toCompletableFuture()
          .get(3 * redis.config().commandTimeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new RedisException(e.getCause());
    } catch (TimeoutException e) {
      throw new RedisException("Redis has not answered for flags " + stored.name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RedisException("interrupted while waiting for Redis", e);
    }
  }

  @Override
  public String toString() {
    return "RedisFlags[" + stored.name + "]";
  }
}
