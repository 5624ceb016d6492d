package dev.chasqui.edgeclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Setting;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of README.md: compiled, run, and the same text. */
final class ReadmeTest {
  private static final Setting<Integer> FPS =
      Setting.ofInt("camera.fps").between(1, 60).unit("fps").withDefault(15);
  private static final Setting<String> MODEL = Setting.ofString("ai.model").withDefault("small");

  @TempDir
  private Path directory;

  private static final class Camera {
    private final CompletableFuture<Integer> fps = new CompletableFuture<>();

    void setFps(int now) {
      if (now == 30) {
        fps.complete(now);
      }
    }

    void run() throws Exception {
      fps.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void example_works() throws Exception {
    try (TestGateway gateway = new TestGateway()) {
      gateway.answer((connection, hello) -> connection.full(1, Dashcam.fps(Dashcam.ACME, 1, 30)));
      dashcam(gateway.uri(), directory, new Camera());
    }
  }

  private static void dashcam(URI gateway, Path directory, Camera camera) throws Exception {
    // [example]
    try (EdgeClient client = EdgeClient.builder()
        .gateway(gateway) // ws://127.0.0.1:8081
        .device("acme-truck-7-cam")
        .settings(FPS, MODEL)
        .store(directory) // /var/lib/dashcam
        .start()) {
      client.onChange(FPS, change -> camera.setFps(change.now()));
      camera.setFps(client.get(FPS));
      camera.run();
    }
    // [/example]
  }

  @Test
  void example_isTheSameInTheReadme() throws IOException {
    String source = Files.readString(
        Path.of("src", "test", "java", "dev", "chasqui", "edgeclient", "ReadmeTest.java"));
    String example = source.substring(
        source.indexOf("    // [example]\n") + "    // [example]\n".length(),
        source.indexOf("    // [/example]"));
    assertThat(Files.readString(Path.of("README.md")))
        .contains(example.stripTrailing().stripIndent());
  }
}
