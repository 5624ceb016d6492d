package dev.chasqui.edgeclient;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;

/** A device in a process of its own, for {@link KillTest}: writes down what its listener hears, until it is killed. */
final class KilledDevice {
  private KilledDevice() {}

  /** {@code args}: gateway, store, journal. */
  public static void main(String[] args) throws InterruptedException {
    Path journal = Path.of(args[2]);
    EdgeClient client = Dashcam.dashcam(URI.create(args[0]))
        .settings(Dashcam.COUNTER)
        .store(Path.of(args[1]))
        .start();
    client.onChange(
        Dashcam.COUNTER,
        change -> append(journal, "change " + change.before() + " " + change.now()));
    new CountDownLatch(1).await();
  }

  private static void append(Path journal, String line) {
    try {
      Files.write(
          journal,
          (line + '\n').getBytes(UTF_8),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
