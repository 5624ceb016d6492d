package dev.chasqui.tracing.testing.internal;

import static net.bytebuddy.matcher.ElementMatchers.isAbstract;
import static net.bytebuddy.matcher.ElementMatchers.isConstructor;
import static net.bytebuddy.matcher.ElementMatchers.nameStartsWith;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.not;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.matcher.ElementMatchers;
import org.jspecify.annotations.Nullable;

/**
 * Has the JDK's classes tell {@link HandOvers} of each task that they get and run: threads, executors, futures, fork and join,
 * timers. Executors that are not built on those, such as event loops, tell nothing.
 */
final class JdkHandOvers {
  private final Object none;
  private final Supplier<@Nullable Object> current;

  private JdkHandOvers(Object none, Supplier<@Nullable Object> current) {
    this.none = none;
    this.current = current;
  }

  /** What a task has that came of no hand-over. */
  Object none() {
    return none;
  }

  /** The hand-over that the work on this thread came of; null if of none. */
  @Nullable
  Object current() {
    return current.get();
  }

  /**
   * Begins, for as long as this JVM runs.
   *
   * @param look gives the hand-over that a task is now, {@link #none}, or null if it is as the work that hands it over
   * @throws IllegalStateException if an agent cannot be loaded
   * @throws IOException if classes cannot be changed, or a temporary file cannot be written
   */
  static JdkHandOvers watch(Function<Object, @Nullable Object> look)
      throws IOException, ReflectiveOperationException {
    Instrumentation instrumentation = ByteBuddyAgent.install();
    instrumentation.appendToBootstrapClassLoaderSearch(
        new JarFile(jarOfHandOvers().toFile()));
    Class<?> shared = Class.forName(HandOvers.class.getName(), true, null); // the JDK's copy
    ByteArrayOutputStream failures = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(failures, true, StandardCharsets.UTF_8)) {
      tellTasks(out).installOn(instrumentation);
    } catch (IllegalStateException e) {
      throw new IOException("classes of the JDK cannot be changed", e);
    }
    if (failures.size() > 0) {
      throw new IOException(
          "classes of the JDK cannot be changed: " + failures.toString(StandardCharsets.UTF_8));
    }
    shared.getMethod("lookWith", Function.class).invoke(null, look);
    Method current = shared.getMethod("current");
    return new JdkHandOvers(shared.getField("NONE").get(null), () -> {
      try {
        return current.invoke(null);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  private static Path jarOfHandOvers() throws IOException {
    Path jar = Files.createTempFile("hand-overs", ".jar");
    jar.toFile().deleteOnExit();
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      for (String nested : List.of("", "$Task")) {
        String path = HandOvers.class.getName().replace('.', '/') + nested + ".class";
        out.putNextEntry(new ZipEntry(path));
        try (InputStream in = HandOvers.class.getModule().getResourceAsStream(path)) {
          if (in == null) {
            throw new IOException("there is no " + path);
          }
          in.transferTo(out);
        }
      }
    }
    return jar;
  }

  private static AgentBuilder tellTasks(PrintStream failures) {
    AgentBuilder agent = new AgentBuilder.Default()
        .disableClassFormatChanges()
        .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
        // Again for those that are loaded as changed ones are verified.
        .with(AgentBuilder.RedefinitionStrategy.DiscoveryStrategy.Reiterating.INSTANCE)
        .with(AgentBuilder.RedefinitionStrategy.Listener.ErrorEscalating.FAIL_LAST)
        .with(new AgentBuilder.Listener.StreamWriting(failures).withErrorsOnly())
        .with(AgentBuilder.TypeStrategy.Default.REDEFINE)
        .ignore(ElementMatchers.none());
    agent = tell(
        agent,
        namedOneOf("java.lang.Thread", "java.lang.VirtualThread"),
        named("start"),
        HandedOver.class);
    String concurrent = "java.util.concurrent.";
    ElementMatcher.Junction<TypeDescription> pool = named(concurrent + "ThreadPoolExecutor");
    agent = tell(agent, pool, named("execute"), Executed.class);
    agent = tell(agent, pool, named("getTask"), Next.class);
    agent = tell(agent, named(concurrent + "ThreadPoolExecutor$Worker"), named("run"), First.class);
    ElementMatcher.Junction<TypeDescription> future = named(concurrent + "FutureTask");
    agent = tell(agent, future, isConstructor(), Made.class);
    agent = tell(agent, future, namedOneOf("run", "runAndReset"), RunsOnThread.class);
    ElementMatcher.Junction<TypeDescription> fork = named(concurrent + "ForkJoinTask");
    agent = tell(agent, fork, isConstructor(), Made.class);
    agent = tell(agent, fork, named("doExec"), Runs.class);
    agent = tell(
        agent,
        nameStartsWith(concurrent + "CompletableFuture$"),
        not(isAbstract()).and(named("tryFire")),
        Runs.class);
    agent = tell(agent, named("java.util.Timer"), named("sched"), Scheduled.class);
    agent = tell(
        agent,
        namedOneOf(
            concurrent + "CompletableFuture$AsyncRun",
            concurrent + "CompletableFuture$AsyncSupply"),
        named("run"),
        Runs.class);
    return tell(agent, named("java.util.TaskQueue"), named("getMin"), Looked.class);
  }

  private static AgentBuilder tell(
      AgentBuilder agent,
      ElementMatcher<? super TypeDescription> types,
      ElementMatcher<? super MethodDescription> methods,
      Class<?> advice) {
    return agent
        .type(types)
        .transform(new AgentBuilder.Transformer.ForAdvice()
            .include(JdkHandOvers.class.getClassLoader())
            .advice(methods, advice.getName()));
  }

  // The code of these is put into the JDK's methods.

  private static final class HandedOver {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(@Advice.This Object task) {
      HandOvers.handedOver(task);
    }
  }

  private static final class Made {
    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.This Object task) {
      HandOvers.handedOver(task);
    }
  }

  private static final class Executed {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(@Advice.Argument(0) Object task) {
      HandOvers.executed(task);
    }
  }

  private static final class Scheduled {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    static @Nullable Object enter(@Advice.Argument(0) Object task) {
      return HandOvers.scheduled(task);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    static void exit(@Advice.Enter @Nullable Object before) {
      HandOvers.end(before);
    }
  }

  private static final class First {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(@Advice.FieldValue("firstTask") @Nullable Object task) {
      HandOvers.next(task);
    }
  }

  private static final class Next {
    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.Return @Nullable Object task) {
      HandOvers.next(task);
    }
  }

  private static final class RunsOnThread {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    static @Nullable Object enter(@Advice.This Object task) {
      return HandOvers.beginOnThread(task);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    static void exit(@Advice.Enter @Nullable Object before) {
      HandOvers.end(before);
    }
  }

  private static final class Looked {
    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.Return @Nullable Object task) {
      HandOvers.nextOfTimer(task);
    }
  }

  private static final class Runs {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    static @Nullable Object enter(@Advice.This Object task) {
      return HandOvers.begin(task);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    static void exit(@Advice.Enter @Nullable Object before) {
      HandOvers.end(before);
    }
  }
}
