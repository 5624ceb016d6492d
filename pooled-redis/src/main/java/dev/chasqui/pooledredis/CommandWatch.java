package dev.chasqui.pooledredis;

import io.lettuce.core.protocol.ProtocolKeyword;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All who hear of one command. */
@FunctionalInterface
interface CommandWatch {
  CommandWatch NOBODY = failure -> {};

  void ended(@Nullable Throwable failure);

  /** Makes a watch of each command. */
  final class Observers {
    private final List<CommandObserver> observers;

    Observers(List<CommandObserver> observers) {
      this.observers = List.copyOf(observers);
    }

    CommandWatch sending(Lane lane, ProtocolKeyword command) {
      if (observers.isEmpty()) {
        return NOBODY;
      }
      String name = command.toString();
      if (observers.size() == 1) {
        CommandObserver.Sent sent = observers.get(0).sending(lane, name);
        return sent == null ? NOBODY : sent::ended;
      }
      CommandObserver.Sent[] all = observers.stream()
          .map(observer -> observer.sending(lane, name))
          .toArray(CommandObserver.Sent[]::new);
      return failure -> {
        for (CommandObserver.@Nullable Sent sent : all) {
          if (sent != null) {
            sent.ended(failure);
          }
        }
      };
    }
  }
}
