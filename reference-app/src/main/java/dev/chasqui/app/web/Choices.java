package dev.chasqui.app.web;

import dev.chasqui.hierarchicalconfig.Choice;
import dev.chasqui.hierarchicalconfig.Setting;
import java.util.List;

/** A setting's choices as a form has them: text and label. */
final class Choices {
  private Choices() {}

  static <T> List<Choice<String>> of(Setting<T> setting) {
    return setting.choices().stream()
        .map(choice ->
            new Choice<>(Show.typed(setting.type().encode(choice.value())), choice.label()))
        .toList();
  }
}
