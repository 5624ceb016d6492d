package dev.chasqui.pointcache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What was answered last, for when the database fails; nothing, unless {@link PointCacheConfig#oldTime()} says so.
 *
 * <p><b>Threads:</b> safe for any number.
 */
final class OldAnswers<A> {
  private final @Nullable Cache<Object, A> answers;

  OldAnswers(Duration oldTime, int size, LongSupplier nanoClock) {
    answers = oldTime.isZero()
        ? null
        : Caffeine.newBuilder()
            .expireAfterWrite(oldTime)
            .maximumSize(size)
            .ticker(nanoClock::getAsLong)
            .build();
  }

  @Nullable
  A get(Object key) {
    return answers == null ? null : answers.getIfPresent(key);
  }

  /** Null if one of them is not there. */
  @Nullable
  Map<Object, A> get(Collection<Object> keys) {
    if (answers == null) {
      return null;
    }
    Map<Object, A> found = new HashMap<>(answers.getAllPresent(keys));
    return found.size() == keys.size() ? found : null;
  }

  void keep(Object key, A answer) {
    if (answers != null) {
      answers.put(key, answer);
    }
  }
}
