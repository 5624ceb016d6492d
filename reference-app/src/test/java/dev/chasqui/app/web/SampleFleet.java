package dev.chasqui.app.web;

import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Changes.Edit;
import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Node;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Three companies of skewed sizes, about 300 devices and 30 settings, in all states. */
final class SampleFleet {
  private static final JsonMapper JSON = JsonMapper.shared();

  private SampleFleet() {}

  static List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>();
    settings.add(Setting.ofInt("camera.fps")
        .between(1, 60)
        .unit("fps")
        .section("Camera")
        .owner("vision")
        .description("Frames per second of the road camera")
        .withDefault(15));
    settings.add(Setting.ofString("camera.resolution")
        .choice("720p", "1280 × 720")
        .choice("1080p", "1920 × 1080")
        .choice("4k", "3840 × 2160")
        .section("Camera")
        .owner("vision")
        .description("Resolution of recordings")
        .withDefault("1080p"));
    settings.add(Setting.ofBoolean("camera.night_mode")
        .section("Camera")
        .owner("vision")
        .description("Longer exposure after dusk")
        .withDefault(true));
    settings.add(Setting.ofInt("camera.bitrate")
        .between(500, 20_000)
        .step(100)
        .unit("kbit/s")
        .section("Camera")
        .owner("vision")
        .description("Target bit rate of recordings")
        .withDefault(4000));
    settings.add(Setting.ofString("model.lane.name")
        .choices("lane-v4", "lane-v5", "lane-v6-beta")
        .section("AI models")
        .owner("perception")
        .description("Model that finds lanes")
        .withDefault("lane-v5"));
    settings.add(Setting.ofDouble("model.lane.threshold")
        .between(0.0, 1.0)
        .step(0.01)
        .section("AI models")
        .owner("perception")
        .description("Confidence from which a departure is reported")
        .withDefault(0.72));
    settings.add(Setting.ofObject("model.lane.tuning", JsonNode.class)
        .section("AI models")
        .owner("perception")
        .description("Parameters handed to the model as they are")
        .withDefault(JSON.readTree("{\"smoothing\":0.4,\"horizon\":{\"metres\":60}}")));
    settings.add(Setting.ofDuration("upload.interval")
        .between(Duration.ofSeconds(10), Duration.ofHours(6))
        .section("Upload")
        .owner("ingest")
        .description("How often clips are uploaded")
        .withDefault(Duration.ofMinutes(5)));
    settings.add(Setting.ofInt("upload.max_mbit")
        .between(1, 200)
        .unit("Mbit/s")
        .section("Upload")
        .owner("ingest")
        .description("Share of the uplink that uploads may take")
        .withDefault(20));
    settings.add(Setting.ofBoolean("upload.wifi_only")
        .section("Upload")
        .owner("ingest")
        .description("Upload in the depot only")
        .withDefault(false));
    settings.add(Setting.ofString("gateway.apn")
        .section("Gateway")
        .owner("connectivity")
        .description("Access point name of the SIM")
        .restartRequired()
        .withDefault("iot.chasqui"));
    settings.add(Setting.ofInt("gateway.can.bus")
        .choice(0, "off")
        .choice(1, "250 kbit/s")
        .choice(2, "500 kbit/s")
        .section("Gateway")
        .owner("connectivity")
        .description("Speed of the CAN bus")
        .restartRequired()
        .withDefault(2));
    for (int i = 1; i <= 18; i++) {
      settings.add(Setting.ofDouble("driver.alert." + i + ".volume")
          .between(0.0, 10.0)
          .section("Driver alerts")
          .owner("cabin")
          .description("Volume of alert " + i)
          .withDefault(5.0));
    }
    return settings;
  }

  static void fill(Office office) {
    office.settings.declare(settings());
    enrol(office, nodes());
    commit(
        office,
        "Ana Quispe",
        "Sharper night footage for everybody",
        Map.of("global:all camera.bitrate", "5000", "global:all upload.interval", "\"PT2M\""));
    commit(
        office,
        "Ana Quispe",
        "Pilot of the new lane model",
        Map.of("group:northwind-pilot model.lane.name", "\"lane-v6-beta\""));
    commit(
        office,
        "Luis Mamani",
        "Northwind pays for 30 fps",
        Map.of("company:northwind camera.fps", "30", "company:northwind upload.max_mbit", "60"));
    commit(office, "", "", Map.of());
    commit(
        office,
        "Rosa <b>Huamán</b>",
        "Quiet cabin & \"calm\" <script>alert(1)</script>",
        Map.of("vehicle:northwind-001 driver.alert.3.volume", "2.5"));
    commit(
        office,
        "Luis Mamani",
        "This dashcam overheats",
        Map.of("device:northwind-001-cam camera.fps", "10"));
    commit(
        office,
        "Ana Quispe",
        "Less false alarms in the Andes",
        Map.of("company:andes model.lane.threshold", "0.81"));
    live(office);
  }

  private static List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    nodes.addAll(company("northwind", "Northwind Logistics", 110));
    nodes.addAll(company("andes", "Andes Freight", 34));
    nodes.addAll(company("tuk", "TukTuk Express", 6));
    return nodes;
  }

  private static List<Node> company(String key, String name, int vehicles) {
    Scope company = new Scope("company", key);
    Scope longHaul = new Scope("group", key + "-long-haul");
    Scope pilot = new Scope("group", key + "-pilot");
    List<Node> nodes = new ArrayList<>(List.of(
        new Node(company, name, Scope.GLOBAL, 0, List.of()),
        new Node(longHaul, "Long haul", company, 10, List.of()),
        new Node(pilot, "Pilot", company, 20, List.of())));
    for (int i = 1; i <= vehicles; i++) {
      String number = String.format("%03d", i);
      Scope vehicle = new Scope("vehicle", key + '-' + number);
      List<Scope> groups =
          i % 10 == 1 ? List.of(longHaul, pilot) : i % 3 == 0 ? List.of(longHaul) : List.of();
      nodes.add(new Node(vehicle, "Truck " + number, company, 0, groups));
      nodes.add(new Node(
          new Scope("device", key + '-' + number + "-cam"),
          "Dashcam " + number,
          vehicle,
          0,
          List.of()));
      nodes.add(new Node(
          new Scope("device", key + '-' + number + "-gw"),
          "Gateway " + number,
          vehicle,
          0,
          List.of()));
    }
    return nodes;
  }

  static void enrol(Office office, List<Node> nodes) {
    office.jdbi.useTransaction(handle -> {
      Changes.Draft draft =
          office.changes.begin(handle, new Signature("factory", "First delivery"));
      draft.enrol(nodes, nodes.stream().map(node -> node.scope().toString()).toList());
      draft.finish();
    });
  }

  static long commit(
      Office office, String author, String reason, Map<String, @Nullable String> values) {
    List<Edit> edits = new ArrayList<>();
    values.forEach((place, value) -> {
      String[] parts = place.split(" ", -1);
      edits.add(new Edit(
          Scope.parse(parts[0]), parts[1], value == null ? null : JSON.readTree(value), "value"));
    });
    return edits.isEmpty()
        ? 0
        : office.changes.commit(new Signature(author, reason), edits).orElse(0);
  }

  /** As if devices had connected and acknowledged: nine in ten connected, two refuse the latest. */
  private static void live(Office office) {
    office.jdbi.useHandle(handle -> {
      handle.execute(
          "insert into gateway (node, seen_at) values ('node-1', now() + interval '1 hour')");
      handle.execute("""
          update device_state set node = case when device_id % 10 = 3 then null else 'node-1' end,
            seen_at = now() - (device_id % 50) * interval '1 minute', software = 'edge 4.2.' || device_id % 3,
            received_revision = (select revision from clock), effective_revision = (select revision from clock),
            fingerprint = md5(device_id::text) || md5('x')""");
      handle.execute("""
          update device_state set effective_revision = effective_revision - 2,
            refusal = '{"key":"camera.fps","rule":"out-of-range","message":"camera.fps: must be between 1 and 25 fps, was 30"}'
          where device_id % 97 = 5""");
      handle.execute(
          "update device_state set effective_revision = 0, received_revision = 0 where node is null");
      handle.execute("""
          insert into convergence (revision, device_id, received_at, effective_at, refusal)
          select distinct on (t.revision, t.device_id) t.revision, t.device_id,
            c.committed_at + (20 + (t.device_id * 37) % 380) * interval '1 millisecond',
            case when t.device_id % 97 <> 5 then c.committed_at + (60 + (t.device_id * 37) % 380 + (t.device_id * 13) % 220) * interval '1 millisecond' end,
            case when t.device_id % 97 = 5 then 'camera.fps: must be between 1 and 25 fps, was 30' end
          from change_target t join change c on c.revision = t.revision join device_state d on d.device_id = t.device_id
          where d.node is not null""");
    });
  }
}
