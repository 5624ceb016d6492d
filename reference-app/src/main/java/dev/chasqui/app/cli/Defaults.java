package dev.chasqui.app.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Values of options that no flag gives: from the environment, else from a properties file. */
final class Defaults implements IDefaultValueProvider {
  private static final Set<String> FLAGS_ONLY = Set.of("help", "version", "config");

  private final Map<String, String> environment;
  private final Properties file;

  private Defaults(Map<String, String> environment, Properties file) {
    this.environment = environment;
    this.file = file;
  }

  /**
   * Reads the file that {@code --config} or {@code CHASQUI_CONFIG} names, if one does.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it has a name that is no option
   */
  static Defaults of(Map<String, String> environment, String[] arguments, CommandLine line)
      throws IOException {
    Properties file = new Properties();
    String path = configOf(arguments);
    if (path == null) {
      path = environment.get("CHASQUI_CONFIG");
    }
    if (path != null) {
      try (Reader reader = Files.newBufferedReader(Path.of(path), StandardCharsets.UTF_8)) {
        file.load(reader);
      }
      Set<String> unknown = new TreeSet<>(file.stringPropertyNames());
      unknown.removeAll(optionsOf(line));
      if (!unknown.isEmpty()) {
        throw new IllegalArgumentException(path + ": no option of the name " + unknown);
      }
    }
    return new Defaults(environment, file);
  }

  private static @Nullable String configOf(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith("--config=")) {
        return arguments[i].substring("--config=".length());
      }
      if (arguments[i].equals("--config") && i + 1 < arguments.length) {
        return arguments[i + 1];
      }
    }
    return null;
  }

  private static Set<String> optionsOf(CommandLine line) {
    Set<String> names = new HashSet<>();
    line.getCommandSpec().options().forEach(option -> names.add(nameOf(option)));
    line.getSubcommands().values().forEach(command -> names.addAll(optionsOf(command)));
    names.removeAll(FLAGS_ONLY);
    return names;
  }

  private static String nameOf(OptionSpec option) {
    return option.longestName().replaceFirst("^-+", "");
  }

  /** {@code CHASQUI_} and the option's name in upper case, with underscores. */
  static String variableOf(OptionSpec option) {
    return "CHASQUI_" + nameOf(option).toUpperCase(Locale.ROOT).replace('-', '_');
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || FLAGS_ONLY.contains(nameOf(option))) {
      return null;
    }
    String value = environment.get(variableOf(option));
    return value == null ? file.getProperty(nameOf(option)) : value;
  }
}
