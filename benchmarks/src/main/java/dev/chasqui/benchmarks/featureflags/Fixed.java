package dev.chasqui.benchmarks.featureflags;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagProvider;
import dev.chasqui.featureflags.FlagSource;
import dev.openfeature.sdk.ImmutableContext;
import org.jspecify.annotations.Nullable;

/** A source that gives what it is told to. */
public final class Fixed implements FlagSource {
  private volatile FlagDocument document;
  private volatile @Nullable Listener listener;

  private Fixed(FlagDocument document) {
    this.document = document;
  }

  public static Fixed of(String json) {
    return new Fixed(FlagDocument.parse(json));
  }

  /** A provider that answers from it. */
  public FlagProvider provider() {
    FlagProvider provider = FlagProvider.builder().source(this).build();
    provider.initialize(new ImmutableContext());
    return provider;
  }

  public void give(FlagDocument newer) {
    document = newer;
    Listener told = listener;
    if (told != null) {
      told.loaded(newer);
    }
  }

  @Override
  public void open(Listener opened) {
    listener = opened;
    opened.loaded(document);
  }

  @Override
  public void close() {
    listener = null;
  }
}
