package dev.chasqui.realservers;

import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * The servers in Docker, by Testcontainers, whose Ryuk removes them when this JVM is gone. Loaded only once {@link
 * Docker#isUsable()} has said yes: Testcontainers may be absent.
 */
final class Containers {
  /** The same major versions as the embedded ones, so that a test means the same. */
  private static final DockerImageName POSTGRES = DockerImageName.parse("postgres:17-alpine");

  private static final DockerImageName REDIS = DockerImageName.parse("redis:6.2-alpine");
  private static final int POSTGRES_PORT = 5432;
  private static final int REDIS_PORT = 6379;

  private Containers() {}

  /** A server that was started. */
  record Started<T>(T address, Runnable stop) {}

  static Started<PostgresAddress> postgres() {
    GenericContainer<?> container = new GenericContainer<>(POSTGRES)
        .withEnv("POSTGRES_USER", "chasqui")
        .withEnv("POSTGRES_PASSWORD", "chasqui")
        .withExposedPorts(POSTGRES_PORT)
        .withCommand(
            "postgres -c wal_level=logical -c max_replication_slots=32 -c max_wal_senders=32")
        // It starts twice: the first time only to create the user.
        .waitingFor(Wait.forLogMessage(".*ready to accept connections.*", 2));
    container.start();
    String host = container.getHost() + ":" + container.getMappedPort(POSTGRES_PORT);
    return new Started<>(
        new PostgresAddress(host, "chasqui", "", "chasqui", "chasqui"), container::stop);
  }

  static Started<String> redis() {
    GenericContainer<?> container = new GenericContainer<>(REDIS).withExposedPorts(REDIS_PORT);
    container.start();
    return new Started<>(
        "redis://" + container.getHost() + ":" + container.getMappedPort(REDIS_PORT),
        container::stop);
  }
}
