package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Vertx;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Over MQTT, with the clients of Eclipse Paho: in the user properties of version 5, and in the payload of 3.1.1, which has
 * room for nothing else. The broker hands on what it gets.
 */
final class MqttTest {
  private static final String TOPIC = "vehicles/7/config";

  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();
  private final Messages changes = tracing.messages("mqtt", "vehicles/{id}/config");
  private final Vertx vertx = Vertx.vertx();
  private final List<MqttEndpoint> subscribers = new CopyOnWriteArrayList<>();
  private String uri = "";

  @BeforeEach
  void start() throws Exception {
    MqttServer broker =
        MqttServer.create(vertx, new MqttServerOptions().setHost("127.0.0.1").setPort(0));
    broker.endpointHandler(endpoint -> {
      endpoint.subscribeHandler(asked -> {
        subscribers.add(endpoint);
        endpoint.subscribeAcknowledge(asked.messageId(), List.of(MqttQoS.AT_MOST_ONCE));
      });
      endpoint.publishHandler(message -> subscribers.forEach(to -> to.publish(
          message.topicName(),
          message.payload(),
          MqttQoS.AT_MOST_ONCE,
          false,
          false,
          0,
          to.protocolVersion() == 5 ? message.properties() : MqttProperties.NO_PROPERTIES)));
      endpoint.accept(false);
    });
    uri = "tcp://127.0.0.1:"
        + broker
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS)
            .actualPort();
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    spans.close();
  }

  private static <T> T next(LinkedBlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(30, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  @Test
  void version5_takesTheTraceAsUserProperties() throws Exception {
    LinkedBlockingQueue<org.eclipse.paho.mqttv5.common.MqttMessage> came =
        new LinkedBlockingQueue<>();
    org.eclipse.paho.mqttv5.client.MqttClient device = version5("device");
    org.eclipse.paho.mqttv5.client.MqttClient server = version5("server");
    device.subscribe(
        new org.eclipse.paho.mqttv5.common.MqttSubscription[] {
          new org.eclipse.paho.mqttv5.common.MqttSubscription(TOPIC, 0)
        },
        new org.eclipse.paho.mqttv5.client.IMqttMessageListener[] {
          (topic, message) -> came.add(message)
        });
    changes.<Object, org.eclipse.paho.mqttv5.common.MqttException>send(
        Map.of("kind", "change"), fields -> {
          var properties = new org.eclipse.paho.mqttv5.common.packet.MqttProperties();
          properties.setUserProperties(fields.entrySet().stream()
              .map(field -> new UserProperty(field.getKey(), field.getValue()))
              .toList());
          var message = new org.eclipse.paho.mqttv5.common.MqttMessage(
              "fps=30".getBytes(StandardCharsets.UTF_8), 0, false, properties);
          server.publish(TOPIC, message);
          return message;
        });
    Map<String, String> fields = new HashMap<>();
    next(came)
        .getProperties()
        .getUserProperties()
        .forEach(property -> fields.put(property.getKey(), property.getValue()));
    changes.process(fields, rest -> assertThat(rest).isEqualTo(Map.of("kind", "change")));
    assertThat(spans.named("process vehicles/{id}/config").getParentSpanId())
        .isEqualTo(spans.named("send vehicles/{id}/config").getSpanId());
    device.disconnect();
    server.disconnect();
  }

  private org.eclipse.paho.mqttv5.client.MqttClient version5(String name) throws Exception {
    var client = new org.eclipse.paho.mqttv5.client.MqttClient(
        uri, name, new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
    client.connect();
    return client;
  }

  @Test
  void version3_takesTheTraceAsAToken() throws Exception {
    LinkedBlockingQueue<String> came = new LinkedBlockingQueue<>();
    MqttClient device = version3("device");
    MqttClient server = version3("server");
    device.subscribe(
        TOPIC,
        0,
        (topic, message) -> came.add(new String(message.getPayload(), StandardCharsets.UTF_8)));
    tracing.<org.eclipse.paho.client.mqttv3.MqttException>run(
        "push",
        () -> server.publish(
            TOPIC, (tracing.token() + "\nfps=30").getBytes(StandardCharsets.UTF_8), 0, false));
    String[] parts = next(came).split("\n", -1);
    tracing.resume("apply", parts[0]).run(() -> assertThat(parts[1]).isEqualTo("fps=30"));
    assertThat(spans.named("apply").getParentSpanId())
        .isEqualTo(spans.named("push").getSpanId());
    device.disconnect();
    server.disconnect();
  }

  private MqttClient version3(String name) throws Exception {
    MqttClient client =
        new MqttClient(uri, name, new org.eclipse.paho.client.mqttv3.persist.MemoryPersistence());
    client.connect();
    return client;
  }
}
