package dev.chasqui.app.cli;

import dev.chasqui.hierarchicalconfig.Scope;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "set",
    description = "Sets a setting at a scope, and shows how the change reaches the devices.")
@SuppressWarnings("NullAway.Init")
final class SetCommand implements Callable<Integer> {
  private static final long POLL_MILLIS = 150;

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Parameters(index = "0", paramLabel = "SCOPE", description = "Where, such as company:andes-haul.")
  private String scope;

  @Parameters(index = "1", paramLabel = "KEY", description = "Which setting, such as camera.fps.")
  private String key;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "VALUE",
      description = "The value: a text as it is, everything else as in JSON.")
  private @Nullable String value;

  @Option(
      names = "--remove",
      description = "Take the value away, so that the next wider scope holds.")
  private boolean remove;

  @Option(
      names = "--no-wait",
      description =
          "Do not wait until the devices have it. Environment: CHASQUI_NO_WAIT." + " Default: wait")
  private boolean noWait;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait at most. Environment: CHASQUI_TIMEOUT. Default: 60")
  private int timeout;

  @Mixin
  private ServerOption server;

  @Mixin
  private SignatureOptions signature;

  @Override
  public Integer call() throws InterruptedException {
    try {
      Scope.parse(scope);
    } catch (IllegalArgumentException e) {
      throw new UsageException("SCOPE: " + e.getMessage());
    }
    if (remove == (value != null)) {
      throw new UsageException("there must be either a VALUE or --remove");
    }
    if (timeout < 1) {
      throw new UsageException("--timeout must be at least 1 second, was " + timeout);
    }
    AdminApi api = server.api();
    Screen screen = Screen.of(spec.commandLine().getOut());
    JsonNode change = api.post("/changes", request(api));
    if (change.path("unchanged").asBoolean(false)) {
      screen.line("unchanged: " + key + " is so already at " + scope);
      return 0;
    }
    if (noWait) {
      screen.line("revision " + change.path("revision").asLong());
      return 0;
    }
    return await(change, api, screen);
  }

  private ObjectNode request(AdminApi api) {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("author", signature.author());
    request.put("reason", signature.reason());
    ObjectNode edit = request.putArray("edits").addObject().put("scope", scope).put("key", key);
    if (value == null) {
      edit.put("remove", true);
    } else {
      edit.set("value", parsed(value, api));
    }
    return request;
  }

  /** The same text means different things to different settings: 15 may be a number or a name. */
  private JsonNode parsed(String text, AdminApi api) {
    if (isText(api)) {
      return JsonNodeFactory.instance.stringNode(text);
    }
    try {
      return JsonMapper.shared().readTree(text);
    } catch (JacksonException e) {
      return JsonNodeFactory.instance.stringNode(text);
    }
  }

  private boolean isText(AdminApi api) {
    try {
      String type = api.get("/settings/" + AdminApi.encoded(key)).path("type").asString("");
      return type.equals("string") || type.equals("enum") || type.equals("duration");
    } catch (AdminApi.RefusedAnswer e) {
      return false; // no such setting: the change will be refused with that reason
    }
  }

  private int await(JsonNode change, AdminApi api, Screen screen) throws InterruptedException {
    String path = "/changes/" + change.path("revision").asLong() + "/convergence";
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeout);
    while (true) {
      JsonNode progress = api.get(path);
      String line = ConvergenceLine.of(change, progress);
      if (ConvergenceLine.isSettled(progress)) {
        screen.settle(line);
        return 0;
      }
      if (System.nanoTime() - end > 0) {
        screen.settle(line);
        spec.commandLine()
            .getErr()
            .println("chasqui: not all devices have it after " + timeout + " s");
        return Cli.REFUSED;
      }
      screen.live(line);
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }
}
