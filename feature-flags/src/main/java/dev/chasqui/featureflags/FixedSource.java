package dev.chasqui.featureflags;

import dev.chasqui.featureflags.internal.UntilClosed;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A document that does not change: for tests, and for what an application brings along. */
public final class FixedSource implements FlagSource {
  private final FlagDocument document;
  private final UntilClosed listener = new UntilClosed();

  private FixedSource(FlagDocument document) {
    this.document = document;
  }

  /** This document. */
  public static FixedSource of(FlagDocument document) {
    return new FixedSource(document);
  }

  /**
   * This text.
   *
   * @throws FlagFormatException if it is no document
   */
  public static FixedSource of(String json) {
    return new FixedSource(FlagDocument.parse(json));
  }

  /**
   * A resource of the class path or of a module, in UTF-8.
   *
   * @param name as {@link Class#getResource} takes it: beside {@code of}, or from the root if it begins with a slash. In a named
   *     module a package that holds it must be open
   * @throws IllegalArgumentException if there is none of that name; a {@link FlagFormatException} if it is no document
   */
  public static FixedSource ofResource(Class<?> of, String name) {
    try (InputStream in = of.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException(
            "there is no resource " + name + " beside " + of.getName());
      }
      return of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + name + " beside " + of.getName(), e);
    }
  }

  /** Tells of the document before it returns. */
  @Override
  public void open(Listener opening) {
    listener.open(opening);
    listener.loaded(document);
  }

  @Override
  public void close() {
    listener.close();
  }
}
