package dev.chasqui.tracing.testing;

/** The traces of a test that failed, told with its failure wherever that is told. */
final class RecordedTraces extends Exception {
  private static final long serialVersionUID = 1;

  RecordedTraces(String traces) {
    super("the traces of this test\n" + traces, null, false, false);
  }
}
