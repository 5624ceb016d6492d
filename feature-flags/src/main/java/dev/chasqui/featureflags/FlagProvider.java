package dev.chasqui.featureflags;

/** Answers OpenFeature's clients. */
public final class FlagProvider {
  private FlagProvider() {}
}
