package dev.chasqui.pooledredis;

import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.codec.RedisCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Commands on many keys at once, wherever they are. In a cluster there is one command for each slot that has some of the
 * keys, all of them sent together.
 *
 * <p><b>Atomic</b> is each of those commands. Without a cluster, or where all keys share a hash tag, that is the whole
 * call. Otherwise it is not: others may see and change some keys before the rest, and some may fail while others succeed,
 * which {@link PartlyDoneException} tells. Where that must not be, give the keys a common hash tag, {@code {truck:7}:fps}.
 *
 * <p><b>Threads:</b> safe for any number. No keys at all is no command at all.
 */
public final class MultiKey<K, V> {
  private final RedisClusterAsyncCommands<K, V> commands;
  private final RedisClusterCommands<K, V> waiting;
  private final RedisCodec<K, V> codec;
  private final boolean cluster;

  /** {@code waiting} is for callers who wait for each answer. */
  MultiKey(
      RedisClusterAsyncCommands<K, V> commands,
      RedisClusterCommands<K, V> waiting,
      RedisCodec<K, V> codec,
      boolean cluster) {
    this.commands = commands;
    this.waiting = waiting;
    this.codec = codec;
    this.cluster = cluster;
  }

  /** {@code MGET}: the values of those keys that have one, in the order of {@code keys}. */
  public CompletionStage<Map<K, V>> get(Collection<K> keys) {
    List<K> distinct = distinct(keys);
    Map<K, V> found = new HashMap<>();
    return each(
        distinct,
        some -> commands.mget(array(some)),
        (some, values) -> {
          for (KeyValue<K, V> value : values) {
            value.ifHasValue(v -> found.put(value.getKey(), v));
          }
        },
        () -> {
          Map<K, V> ordered = new LinkedHashMap<>();
          for (K key : distinct) {
            V value = found.get(key);
            if (value != null) {
              ordered.put(key, value);
            }
          }
          return ordered;
        });
  }

  /**
   * {@code MGET} for a thread that waits, which without a cluster is quicker than {@link #get} by two switches of threads.
   *
   * @param keys each of them once
   * @return one for each key, in the same order, without a value where the key has none
   * @throws RedisException if any key could not be served
   */
  public List<KeyValue<K, V>> getSync(List<K> keys) {
    if (cluster) {
      Map<K, V> found = await(get(keys));
      return keys.stream()
          .map(key -> KeyValue.fromNullable(key, found.get(key)))
          .toList();
    }
    return keys.isEmpty() ? List.of() : waiting.mget(array(keys));
  }

  private static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (Causes.of(e) instanceof RedisException known) {
        throw known;
      }
      throw new RedisException(Causes.of(e));
    }
  }

  /** {@code MSET}: how many keys were set, which is all of them. */
  public CompletionStage<Long> set(Map<K, V> values) {
    Map<K, V> copy = Map.copyOf(values);
    AtomicLong sum = new AtomicLong();
    return each(
        List.copyOf(copy.keySet()),
        some -> {
          Map<K, V> part = new HashMap<>();
          some.forEach(key -> part.put(key, Objects.requireNonNull(copy.get(key))));
          return commands.mset(part);
        },
        (some, ok) -> sum.addAndGet(some.size()),
        sum::get);
  }

  /** {@code DEL}: how many of the keys were there. */
  public CompletionStage<Long> delete(Collection<K> keys) {
    return count(keys, some -> commands.del(array(some)));
  }

  /** {@code UNLINK}: as {@link #delete}, with the memory freed later. */
  public CompletionStage<Long> unlink(Collection<K> keys) {
    return count(keys, some -> commands.unlink(array(some)));
  }

  /** {@code EXISTS}: how many of the keys are there, each counted once. */
  public CompletionStage<Long> exists(Collection<K> keys) {
    return count(keys, some -> commands.exists(array(some)));
  }

  private CompletionStage<Long> count(
      Collection<K> keys, Function<List<K>, CompletionStage<Long>> command) {
    AtomicLong sum = new AtomicLong();
    return each(distinct(keys), command, (some, count) -> sum.addAndGet(count), sum::get);
  }

  /** Sends one command for each slot, and makes one result of all answers once they are there. */
  private <A, R> CompletionStage<R> each(
      List<K> keys,
      Function<List<K>, CompletionStage<A>> command,
      BiConsumer<List<K>, A> collect,
      Supplier<R> result) {
    Map<K, Throwable> failures = new LinkedHashMap<>();
    Lock lock = new ReentrantLock(); // answers of several nodes come on several threads
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (List<K> some : parts(keys)) {
      answers.add(command
          .apply(some)
          .handle((answer, failure) -> {
            lock.lock();
            try {
              if (failure == null) {
                collect.accept(some, answer);
              } else {
                some.forEach(key -> failures.put(key, Causes.of(failure)));
              }
              return failure;
            } finally {
              lock.unlock();
            }
          })
          .toCompletableFuture());
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).thenApply(all -> {
      if (failures.isEmpty()) {
        return result.get();
      }
      throw failures.size() == keys.size()
          ? new CompletionException(failures.values().iterator().next())
          : new PartlyDoneException(failures, keys.size(), result.get());
    });
  }

  /** By what Redis sees of them: arrays, for one, are equal to nothing but themselves. */
  private List<K> distinct(Collection<K> keys) {
    Map<ByteBuffer, K> distinct = new LinkedHashMap<>();
    keys.forEach(key -> distinct.putIfAbsent(codec.encodeKey(key), key));
    return List.copyOf(distinct.values());
  }

  private Collection<List<K>> parts(List<K> keys) {
    if (keys.isEmpty()) {
      return List.of();
    }
    return cluster ? SlotHash.partition(codec, keys).values() : List.of(keys);
  }

  @SuppressWarnings("unchecked") // Lettuce only reads it
  private static <K> K[] array(List<K> keys) {
    return (K[]) keys.toArray();
  }
}
