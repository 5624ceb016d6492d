package dev.chasqui.realservers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What this JVM runs on, and how the jars with the binaries call that. */
final class Platform {
  private Platform() {}

  static boolean isWindows() {
    return os().equals("windows");
  }

  static String postgresArchive() {
    String suffix =
        os().equals("linux") && Files.exists(Path.of("/etc/alpine-release")) ? "-alpine_linux" : "";
    return "postgres-" + os() + "-" + (isArm() ? "arm_64" : "x86_64") + suffix + ".txz";
  }

  static String redisProgram() {
    String os = os();
    String version = switch (os) {
      case "windows" -> "5.0.14.1";
      case "linux" -> isArm() ? "6.2.7" : "6.2.6-v5";
      default -> "6.2.6-v5";
    };
    return "redis-server-" + version + "-" + os + "-" + (isArm() ? "arm64" : "amd64")
        + (isWindows() ? ".exe" : "");
  }

  private static boolean isArm() {
    String arch = System.getProperty("os.arch");
    return arch.equals("aarch64") || arch.startsWith("arm");
  }

  private static String os() {
    String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    if (name.startsWith("windows")) {
      return "windows";
    }
    return name.startsWith("mac") ? "darwin" : "linux";
  }
}
