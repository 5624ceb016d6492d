package dev.chasqui.realservers;

import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives JUnit tests real servers as parameters, and closes them: a {@link RealPostgres}, a {@link RealRedis}, a {@link
 * RedisProcess}, a {@link RealRedisCluster} without replicas, {@link RealSentinels}.
 *
 * <p>Asked for by a test's constructor, {@code @BeforeEach} or method, a server is empty and belongs to that one test;
 * asked for by {@code @BeforeAll}, all tests of the class share it. All PostgreSQL databases of a JVM are on one server,
 * since a database costs a few hundredths of a second and a server more than one. Each Redis is a process of its own:
 * that is cheap, and channels, scripts and settings are common to all of a Redis.
 */
@SuppressWarnings("exports") // who uses it requires JUnit's module
public final class RealServers implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(RealServers.class);
  private static final Set<Class<?>> TYPES = Set.of(
      RealPostgres.class,
      RealRedis.class,
      RedisProcess.class,
      RealRedisCluster.class,
      RealSentinels.class);

  /** For {@code @ExtendWith}. */
  public RealServers() {}

  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return TYPES.contains(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return context.getStore(NAMESPACE).computeIfAbsent(type, key -> start(type, context));
  }

  private static AutoCloseable start(Class<?> type, ExtensionContext context) {
    if (type.equals(RealPostgres.class)) {
      return sharedServer(context).emptyDatabase();
    }
    if (type.equals(RealRedis.class)) {
      return RealRedis.forTests();
    }
    if (type.equals(RedisProcess.class)) {
      return RedisProcess.start();
    }
    return type.equals(RealRedisCluster.class) ? RealRedisCluster.start() : RealSentinels.start();
  }

  private static RealPostgres sharedServer(ExtensionContext context) {
    // The root's store is closed, with what it holds, after the last test of the JVM.
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent("server", key -> RealPostgres.forTests(), RealPostgres.class);
  }
}
