package dev.chasqui.pooledredis;

import io.lettuce.core.protocol.ProtocolKeyword;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All who want to hear of commands. */
final class CommandObservers {
  private final List<CommandObserver> observers;

  CommandObservers(List<CommandObserver> observers) {
    this.observers = List.copyOf(observers);
  }

  /** Tells all of a command about to be sent. Returns who hears of its end; null if nobody. */
  CommandObserver.@Nullable Sent sending(Lane lane, ProtocolKeyword command) {
    if (observers.isEmpty()) {
      return null;
    }
    String name = CommandName.of(command);
    if (observers.size() == 1) {
      return observers.get(0).sending(lane, name);
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
