package dev.chasqui.tracing.testing.internal;

import java.lang.StackWalker.StackFrame;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where code is. It is looked up when somebody asks, for that takes time and most places are none of a problem.
 *
 * @param frame null if nobody's code but the JDK's is there
 */
public record Place(@Nullable StackFrame frame) {
  private static final String LAMBDA = "lambda$";

  /** The full name of the class and the method; empty if unknown. That of a lambda is the one it stands in. */
  public String method() {
    if (frame == null) {
      return "";
    }
    String name = frame.getMethodName();
    boolean isLambda = name.startsWith(LAMBDA) && name.indexOf('$', LAMBDA.length()) > 0;
    return frame.getClassName()
        + '.'
        + (isLambda ? name.substring(LAMBDA.length(), name.lastIndexOf('$')) : name);
  }

  /** As a stack trace has it, so that editors find it. */
  @Override
  public String toString() {
    return frame == null
        ? "at an unknown place"
        : "at " + method() + '(' + Objects.requireNonNullElse(frame.getFileName(), "unknown source")
            + ':' + frame.getLineNumber() + ')';
  }
}
