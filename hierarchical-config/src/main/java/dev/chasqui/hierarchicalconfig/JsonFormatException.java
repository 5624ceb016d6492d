package dev.chasqui.hierarchicalconfig;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A document that is not what it is read as: a profile, edits, a manifest, a delta. Says where. */
public final class JsonFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;
  private static final int LONGEST_SHOWN = 200;
  private static final int LONGEST_PROBLEM = 500;

  private final String pointer;

  JsonFormatException(String pointer, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.pointer = pointer;
  }

  /**
   * JSON pointer (RFC 6901) of what is wrong, or of what would have to be there; empty if it is the
   * whole document. Of text that is no JSON, how far it could be read.
   */
  public String pointer() {
    return pointer;
  }

  /**
   * Where it is wrong, and which rule says so; never null, and short however long the document is. The
   * cause may say more.
   */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** What a constructor says is wrong, such as that a value is none of a thousand choices. */
  static String cut(String problem) {
    return problem.length() <= LONGEST_PROBLEM
        ? problem
        : problem.substring(0, LONGEST_PROBLEM) + "...";
  }

  /** For messages, however long it is. */
  static String shown(String pointer) {
    return pointer.length() <= LONGEST_SHOWN
        ? pointer
        : "..." + pointer.substring(pointer.length() - LONGEST_SHOWN);
  }
}
