package dev.chasqui.app.store;

import java.util.List;
import java.util.stream.Collectors;

/** Nothing was changed, because what was asked for breaks rules. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;

  public RefusedException(List<Problem> problems) {
    super(problems.stream().map(Problem::message).collect(Collectors.joining("; ")));
    this.problems = List.copyOf(problems);
  }

  public RefusedException(String field, String rule, String message) {
    this(List.of(new Problem(field, rule, message)));
  }

  public List<Problem> problems() {
    return problems;
  }
}
