package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.chasqui.app.TestBrowser;
import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Flags;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** OpenFeature's OFREP client for the web, as it is published, in a real browser on a page of another origin. */
@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OfrepBrowserTest {
  private static final Path NODE = Path.of("src/test/node").toAbsolutePath();
  private static final Signature ANA = new Signature("ana", "");
  private static final String PAGE = """
      <!doctype html>
      <link rel="icon" href="data:,">
      <script type="importmap">{
        "imports": {
          "@openfeature/core": "/node_modules/@openfeature/core/dist/esm/index.js",
          "@openfeature/web-sdk": "/node_modules/@openfeature/web-sdk/dist/esm/index.js",
          "@openfeature/ofrep-core": "/node_modules/@openfeature/ofrep-web-provider/node_modules/@openfeature/ofrep-core/index.esm.js",
          "@openfeature/ofrep-web-provider": "/node_modules/@openfeature/ofrep-web-provider/index.esm.js"
        }
      }</script>
      <p id="banner"></p>
      <p id="error"></p>
      <script type="module">
        import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
        import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
        const show = () => {
          document.getElementById("banner").textContent = OpenFeature.getClient().getStringValue("banner", "no banner");
        };
        try {
          await OpenFeature.setContext({ targetingKey: "u1", country: "DE" });
          await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: new URLSearchParams(location.search).get("flags") }));
          OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, show);
          show();
        } catch (e) {
          document.getElementById("error").textContent = String(e);
        }
      </script>
      """;

  @RegisterExtension
  final TestBrowser browser = TestBrowser.open();

  private HttpServer site;
  private Office office;

  @BeforeAll
  void open(RealPostgres postgres) throws IOException {
    assumeTrue(
        Files.exists(NODE.resolve("node_modules/@openfeature/ofrep-web-provider")),
        "the packages of OpenFeature's OFREP clients are not there:"
            + " npm ci --prefix reference-app/src/test/node");
    site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    site.createContext("/", OfrepBrowserTest::serve);
    site.start();
    office = new Office(postgres, Set.of(site("127.0.0.1")));
    office.flags.put("shop", ANA, 0, Flags.parse(SampleFlags.JSON));
  }

  @AfterAll
  void close() {
    browser.close();
    if (office != null) {
      office.close();
    }
    if (site != null) {
      site.stop(0);
    }
  }

  private String site(String host) {
    return "http://" + host + ':' + site.getAddress().getPort();
  }

  private static void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] body = path.equals("/")
        ? PAGE.getBytes(StandardCharsets.UTF_8)
        : Files.readAllBytes(NODE.resolve(path.substring(1)));
    exchange
        .getResponseHeaders()
        .set("Content-Type", path.equals("/") ? "text/html; charset=utf-8" : "text/javascript");
    exchange.sendResponseHeaders(200, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Test
  void webClient_onAPageOfAKnownOrigin_followsFlags() {
    Page page = browser.page(800, 600, ColorScheme.LIGHT);
    page.navigate(site("127.0.0.1") + "/?flags=" + office.url("/flags/shop"));
    page.waitForSelector("#banner:has-text('Spring sale')");

    office.flags.kill("shop", ANA, "banner", true); // of which it hears by its stream
    page.waitForSelector("#banner:has-text('no banner')");
    assertThat(browser.takeComplaints()).isEmpty();
    page.context().close();
  }

  @Test
  void webClient_onAPageOfAnotherOrigin_getsNothing() {
    Page page = browser.page(800, 600, ColorScheme.LIGHT);
    page.navigate(site("localhost") + "/?flags=" + office.url("/flags/shop"));
    page.waitForSelector("#error:not(:empty)");

    assertThat(page.textContent("#banner")).isEmpty();
    page.waitForCondition( // the console may be told later than the page
        () -> browser.takeComplaints().stream().anyMatch(text -> text.contains("CORS")));
    page.context().close();
  }
}
