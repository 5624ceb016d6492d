package dev.chasqui.realservers;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives JUnit tests a {@link RealPostgres} and a {@link RealRedis} as parameters, and closes them.
 *
 * <p>Asked for by a test's constructor, {@code @BeforeEach} or method, a server is empty and belongs to that one test;
 * asked for by {@code @BeforeAll}, all tests of the class share it. All PostgreSQL databases of a JVM are on one server,
 * since a database costs a few hundredths of a second and a server more than one. Each Redis is a process of its own:
 * that is cheap, and channels, scripts and settings are common to all of a Redis.
 */
public final class RealServers implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(RealServers.class);

  /** For {@code @ExtendWith}. */
  public RealServers() {}

  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type.equals(RealPostgres.class) || type.equals(RealRedis.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Store store = context.getStore(NAMESPACE);
    if (parameter.getParameter().getType().equals(RealRedis.class)) {
      return store.computeIfAbsent(RealRedis.class, key -> RealRedis.forTests());
    }
    return store.computeIfAbsent(
        RealPostgres.class, key -> sharedServer(context).emptyDatabase(), RealPostgres.class);
  }

  private static RealPostgres sharedServer(ExtensionContext context) {
    // The root's store is closed, with what it holds, after the last test of the JVM.
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent("server", key -> RealPostgres.forTests(), RealPostgres.class);
  }
}
