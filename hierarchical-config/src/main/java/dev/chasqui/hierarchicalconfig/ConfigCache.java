package dev.chasqui.hierarchicalconfig;

import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Configs by what they were made of, the least recently used going first. Those that come to the same
 * share their content. Safe for threads.
 */
final class ConfigCache {
  private static final int MOST = 10_000;

  /** Guarded by itself; nothing is resolved while it is held. */
  private final Map<Ingredients, EffectiveConfig> configs = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<Ingredients, EffectiveConfig> eldest) {
      return size() > MOST;
    }
  };

  /** Each as long as a config has it. Guarded by itself. */
  private final Map<Content, WeakReference<Content>> contents = new WeakHashMap<>();

  EffectiveConfig get(
      Resolver resolver, List<Profile> profiles, DeviceContext context, Instant at) {
    Ingredients key = new Ingredients(resolver, profiles, context, at);
    synchronized (configs) {
      EffectiveConfig known = configs.get(key);
      if (known != null) {
        return known;
      }
    }
    EffectiveConfig made = EffectiveConfig.resolve(
        resolver, resolver.hierarchy().place(profiles), context, at, this::shared);
    synchronized (configs) {
      EffectiveConfig first = configs.putIfAbsent(key, made);
      return first == null ? made : first;
    }
  }

  private Content shared(Content content) {
    synchronized (contents) {
      WeakReference<Content> known = contents.get(content);
      Content first = known == null ? null : known.get();
      if (first == null) {
        contents.put(content, new WeakReference<>(content));
        return content;
      }
      return first;
    }
  }

  /** Equal if they are the same objects: to compare their content would cost more than it saves. */
  private static final class Ingredients {
    private final Resolver resolver;
    private final List<Profile> profiles;
    private final DeviceContext context;
    private final Instant at;

    Ingredients(Resolver resolver, List<Profile> profiles, DeviceContext context, Instant at) {
      this.resolver = resolver;
      this.profiles = profiles;
      this.context = context;
      this.at = at;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // says so above
    public boolean equals(@Nullable Object other) {
      if (!(other instanceof Ingredients that)
          || that.resolver != resolver
          || that.context != context
          || that.profiles.size() != profiles.size()) {
        return false;
      }
      for (int i = 0; i < profiles.size(); i++) {
        if (profiles.get(i) != that.profiles.get(i)) {
          return false;
        }
      }
      return that.at.equals(at);
    }

    @Override
    public int hashCode() {
      int hash = System.identityHashCode(resolver) * 31 + System.identityHashCode(context);
      for (Profile profile : profiles) {
        hash = hash * 31 + System.identityHashCode(profile);
      }
      return hash * 31 + at.hashCode();
    }
  }
}
