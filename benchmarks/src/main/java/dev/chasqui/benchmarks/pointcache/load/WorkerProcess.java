package dev.chasqui.benchmarks.pointcache.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link Worker} in a JVM of its own. */
final class WorkerProcess implements AutoCloseable {
  static final List<String> FLAGS = List.of("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC");
  private static final int END = -1;
  private static final long SECONDS_TO_END = 60;

  private final WorkerSettings settings;
  private final Process process;
  private final ObjectOutputStream output;
  private final ObjectInputStream input;

  /** Starts it, and waits until it listens. */
  WorkerProcess(WorkerSettings settings) throws IOException {
    this.settings = settings;
    ProcessBuilder builder = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString());
    builder.command().addAll(FLAGS);
    builder
        .command()
        .addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName()));
    process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    output = new ObjectOutputStream(process.getOutputStream());
    output.writeObject(settings);
    output.flush();
    input = new ObjectInputStream(process.getInputStream());
  }

  /** Lets it begin; does not wait. */
  void begin(int operationsOfEachThread) throws IOException {
    output.writeInt(operationsOfEachThread);
    output.flush();
  }

  /** Waits until it is done. */
  Work end() throws IOException {
    try {
      return (Work) input.readObject();
    } catch (EOFException e) {
      throw new IllegalStateException(settings + " ended; it said why on the standard error", e);
    } catch (ClassNotFoundException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** Has it write the rest of its logs, and end. */
  void finish() throws IOException, InterruptedException {
    begin(END);
    if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
      throw new IllegalStateException(settings + " does not end");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
