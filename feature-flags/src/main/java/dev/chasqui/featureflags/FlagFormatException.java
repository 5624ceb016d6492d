package dev.chasqui.featureflags;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A document that is not what it is read as: flags, a delta, a vendor's export. Says where, and which rule says so. */
public final class FlagFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String pointer;
  private final String problem;

  /**
   * Makes one.
   *
   * @param pointer JSON pointer (RFC 6901) of what is wrong; empty if it is the whole document
   */
  public FlagFormatException(String pointer, String problem, @Nullable Throwable cause) {
    super(pointer.isEmpty() ? problem : pointer + ": " + problem, cause);
    this.pointer = pointer;
    this.problem = problem;
  }

  /** JSON pointer (RFC 6901) of what is wrong; empty if it is the whole document. */
  public String pointer() {
    return pointer;
  }

  /** Which rule is broken, without where. */
  public String problem() {
    return problem;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
