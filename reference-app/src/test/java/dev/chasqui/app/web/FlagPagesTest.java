package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.chasqui.app.TestBrowser;
import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Flags;
import dev.chasqui.featureflags.guard.GuardAction;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** The pages of flags, as they are sent and in a real browser; {@code -Dchasqui.test.screenshots=<directory>} leaves pictures. */
@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FlagPagesTest {
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final Signature ANA = new Signature("Ana <b>", "Try <script>alert(1)</script>");

  private Office office;

  @BeforeAll
  void open(RealPostgres postgres) throws IOException {
    office = new Office(postgres);
    office.flags.put("shop", ANA, 0, Flags.parse(SampleFlags.JSON));
    put(
        "odd/key <i>",
        "{\"state\":\"ENABLED\",\"variants\":{\"a<b>\":\"<u>\"},\"metadata\":{\"description\":\"<s>\"}}");
    office.flags.put("edge", ANA, 0, Flags.parse("""
        {"flags": {"lane-model-v2": {"state": "ENABLED", "variants": {"v1": "lane-1.8", "v2": "lane-2.0"}, "defaultVariant": "v1",
           "x-salt": "lane", "x-layer": {"name": "models", "from": 0, "to": 50}, "x-targets": {"v2": ["truck-1", "truck-7"]},
           "targeting": {"if": [{"sem_ver": [{"var": "software"}, ">=", "2.3.0"]}, {"fractional": [{"var": "company"}, ["v1", 90], ["v2", 10]]}]}}}}"""));
    office.flags.put("nothing", ANA, 0, Flags.parse("{\"flags\":{}}"));
    office.flags.trip(
        "shop",
        new Flags.Decision(
            "new-checkout",
            "on",
            GuardAction.HOLD,
            JsonMapper.shared().readTree("{\"flag\":\"new-checkout\"}")));
  }

  @AfterAll
  void close() {
    office.close();
  }

  private void put(String key, String flag) {
    office.flags.putFlag(
        "shop", ANA, OptionalLong.empty(), key, JsonMapper.shared().readTree(flag));
  }

  private String page(String path) {
    HttpResponse<String> response = office.get(path, "Accept", "text/html");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body())
        .contains("</html>")
        .doesNotContain("<script>alert", "Ana <b>", "<u>", "<s>", "<i>", "a<b>", " style=");
    return response.body();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/flags",
        "/flags/shop",
        "/flags/nothing",
        "/flags/shop/new-checkout",
        "/flags/shop/odd%2Fkey%20%3Ci%3E",
        "/flags/shop/express/kill",
        "/flags/shop/odd%2Fkey%20%3Ci%3E/unkill"
      })
  void page_each_isEscaped(String path) {
    page(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/flags/nowhere", "/flags/shop/nothing", "/flags/nowhere/a/kill"})
  void page_ofNothing_is404(String path) {
    assertThat(office.get(path, "Accept", "text/html").statusCode()).isEqualTo(404);
  }

  @Test
  void list_saysWhatFlagsDo_inWords() {
    assertThat(page("/flags"))
        .contains("email ends with")
        .contains("25\u202f% on, 75\u202f% off")
        .contains("country in")
        .contains("needs new-checkout = on")
        .contains("the same for all")
        .contains("if software &gt;= 2.3.0 → 90\u202f% v1, 10\u202f% v2 by company")
        .contains("disabled");
  }

  @Test
  void kill_byForm_needsAReason_thenKills() {
    put("doomed", "{\"state\":\"ENABLED\",\"variants\":{\"on\":true}}");

    HttpResponse<String> refused =
        office.post("/flags/shop/doomed/kill", FORM, "author=Ana&reason=+");
    HttpResponse<String> killed =
        office.post("/flags/shop/doomed/kill", FORM, "author=Ana&reason=It+burns");

    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(refused.body()).contains("say why", "value=\"Ana\"");
    assertThat(killed.statusCode()).isEqualTo(303);
    assertThat(killed.headers().firstValue("Location")).hasValue("/flags/shop/doomed");
    assertThat(page("/flags/shop/doomed")).contains("It burns", "Have it live again", "killed");
    office.post("/flags/shop/doomed/unkill", FORM, "author=Ana&reason=Mended");
    assertThat(page("/flags/shop/doomed")).contains("Mended", "live again", ">Kill<");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
      {"email":"a@acme.example"} | 200 | new-checkout is true (variant on), TARGETING_MATCH
      | 200 | new-checkout is
      {"email": | 422 | must be JSON
      [] | 422 | must be an object
      }{ | 422 | must be JSON
      """)
  void explain_forAContext_saysHowItCameToIt(String context, int status, String text) {
    String body = "context="
        + java.net.URLEncoder.encode(
            context == null ? "" : context, java.nio.charset.StandardCharsets.UTF_8);

    for (String header : List.of("true", "false")) {
      HttpResponse<String> response =
          office.post("/flags/shop/new-checkout/explain", FORM, body, "HX-Request", header);
      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(response.body()).contains(text);
      assertThat(response.body().contains("</html>")).isEqualTo(header.equals("false"));
    }
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  final class InABrowser {
    @RegisterExtension
    final TestBrowser browser = TestBrowser.open();

    @AfterAll
    void close() {
      browser.close();
    }

    @Test
    void kill_fromTheFlagsPage_asksThenKills() {
      put(
          "to-kill",
          "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"x-off\":\"off\"}");
      Page page = browser.page(1280, 900, ColorScheme.LIGHT);
      page.navigate(office.url("/flags"));
      page.click("text=to-kill");
      page.click(".head .button.danger");
      page.waitForSelector("#editor[open] input[name=reason]");
      assertThat(page.textContent("#editor .about")).contains("everybody gets off");
      page.fill("#editor input[name=author]", "Tester");
      page.click("#editor .button.danger");
      page.waitForSelector("#editor .rule strong");
      page.fill("#editor input[name=reason]", "a browser test");
      page.click("#editor .button.danger");
      page.waitForSelector(".head .pill:has-text('killed')");
      page.fill("#context", "{\"targetingKey\":\"u1\"}");
      page.click(".why-flag .button");
      page.waitForSelector(".explained");
      assertThat(page.textContent(".explained")).contains("to-kill is false (variant off)");
      assertThat(Objects.requireNonNull(office.flags.find("shop").orElseThrow().flag("to-kill"))
              .get("x-killed")
              .booleanValue())
          .isTrue();
      assertThat(browser.takeComplaints())
          .containsExactly(
              TestBrowser.answered("/flags/shop/to-kill/kill", 422, "Unprocessable Entity"));
      page.context().close();
    }

    @Test
    void pages_deskAndPhone_fit() {
      String directory = System.getProperty("chasqui.test.screenshots", "");
      for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
        for (int width : new int[] {1280, 480}) {
          Page page = browser.page(width, 900, scheme);
          for (String path : List.of(
              "/flags", "/flags/shop", "/flags/shop/new-checkout", "/flags/edge/lane-model-v2")) {
            page.navigate(office.url(path));
            if (path.endsWith("/new-checkout")) {
              page.fill("#context", "{\"targetingKey\":\"u1\",\"email\":\"a@other.example\"}");
              page.click(".why-flag .button");
              page.waitForSelector(".explained");
              page.click(".json summary");
            }
            if (path.endsWith("/lane-model-v2")) {
              page.click(".head .button.danger");
              page.waitForSelector("#editor[open] input[name=reason]");
            }
            assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as("%s fits %s px", path, width)
                .isEqualTo(true);
            if (!directory.isEmpty()) {
              page.screenshot(new Page.ScreenshotOptions()
                  .setPath(Path.of(
                      directory,
                      path.substring(1).replace('/', '-') + '-' + width + '-' + scheme + ".png")));
            }
          }
          page.context().close();
        }
      }
      assertThat(browser.takeComplaints()).isEmpty();
    }
  }
}
