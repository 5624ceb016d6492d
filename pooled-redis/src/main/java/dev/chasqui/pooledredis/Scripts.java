package dev.chasqui.pooledredis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/** Runs {@link Script}s: by name if the server knows them, and teaches them if not. */
final class Scripts<K, V> {
  private final RedisClusterAsyncCommands<K, V> commands;
  /** Loads a library where the keys are, or everywhere if there are none. */
  private final BiFunction<List<K>, String, CompletionStage<?>> library;

  Scripts(
      RedisClusterAsyncCommands<K, V> commands,
      BiFunction<List<K>, String, CompletionStage<?>> library) {
    this.commands = commands;
    this.library = library;
  }

  <T> CompletionStage<T> run(Script<T> script, List<K> keys, List<V> arguments) {
    String function = script.function();
    return function == null
        ? lua(script, array(keys), array(arguments))
        : function(script, function, keys, array(arguments));
  }

  private <T> CompletionStage<T> lua(Script<T> script, K[] keys, V[] arguments) {
    return commands
        .<T>evalsha(script.digest(), script.returns().type(), keys, arguments)
        .exceptionallyCompose(failure -> Causes.of(failure) instanceof RedisNoScriptException
            // It was not run. EVAL runs it and keeps it, on the very node that has the keys.
            ? commands.<T>eval(script.source(), script.returns().type(), keys, arguments)
            : CompletableFuture.failedFuture(Causes.of(failure)));
  }

  private <T> CompletionStage<T> function(
      Script<T> script, String function, List<K> keys, V[] arguments) {
    K[] array = array(keys);
    return commands
        .<T>fcall(function, script.returns().type(), array, arguments)
        .exceptionallyCompose(failure -> isUnknownFunction(failure)
            ? library
                .apply(keys, script.source())
                .thenCompose(loaded ->
                    commands.<T>fcall(function, script.returns().type(), array, arguments))
            : CompletableFuture.failedFuture(Causes.of(failure)));
  }

  private static boolean isUnknownFunction(Throwable failure) {
    return String.valueOf(Causes.of(failure).getMessage()).contains("Function not found");
  }

  @SuppressWarnings("unchecked") // Lettuce only reads it
  private static <E> E[] array(List<E> list) {
    return (E[]) list.toArray();
  }
}
