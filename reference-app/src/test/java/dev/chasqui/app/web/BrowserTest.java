package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.chasqui.app.TestBrowser;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The pages in a real browser. {@code -Dchasqui.test.screenshots=<directory>} leaves a picture of
 * each page there, in both colour schemes, for a desk and for a phone.
 */
@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BrowserTest {
  @RegisterExtension
  final TestBrowser browser = TestBrowser.open();

  private Office office;

  @BeforeAll
  void open(RealPostgres postgres) throws IOException {
    office = new Office(postgres);
    SampleFleet.fill(office);
  }

  @AfterAll
  void close() {
    browser.close();
    if (office != null) {
      office.close();
    }
  }

  @Test
  void edit_badThenGoodValue_showsRuleThenChange() {
    Page page = browser.page(1440, 900, ColorScheme.LIGHT);
    page.navigate(office.url("/"));
    page.click("text=Andes Freight");
    page.fill(".filter input[name=q]", "camera fps");
    page.waitForSelector(".count:has-text('1 of')");
    page.click(".row summary");
    page.click(".explain .button");
    page.waitForSelector("#editor[open] input[name=value]");
    page.fill("#editor input[name=value]", "99");
    page.fill("#editor input[name=author]", "Tester");
    page.fill("#editor input[name=reason]", "a browser test");
    page.click("#editor button[value=set]");
    assertThat(page.textContent("#editor .rule strong")).contains("between 1 and 60 fps");
    assertThat(page.inputValue("#editor input[name=value]")).isEqualTo("99");
    assertThat(page.inputValue("#editor input[name=reason]")).isEqualTo("a browser test");
    page.fill("#editor input[name=value]", "24");
    page.click("#editor button[value=set]");
    page.waitForURL("**/changes/*");
    assertThat(page.textContent(".big")).contains("of 68 effective");
    assertThat(page.textContent(".diff")).contains("camera.fps", "24");
    page.waitForSelector("#chart canvas");
    long revision = office.changes.latestRevision();
    office.jdbi.useHandle(handle -> handle.execute("""
        insert into convergence (revision, device_id, received_at, effective_at)
        select revision, device_id, now(), now() from change_target where revision = ?""", revision));
    page.waitForSelector(".pill:has-text('settled')");
    assertThat(page.textContent(".big b")).isEqualTo("68");
    assertThat(browser.takeComplaints())
        .containsExactly(TestBrowser.answered(
            "/scopes/company:andes/settings/camera.fps/edit", 422, "Unprocessable Entity"));
    page.context().close();
  }

  @Test
  void form_sentAsSoonAsItIsThere_answersInTheDialog() {
    Page page = browser.page(1440, 900, ColorScheme.LIGHT);
    page.navigate(office.url("/scopes/company:andes"));
    page.click("#s-camera\\.fps summary");
    page.waitForSelector("#s-camera\\.fps .explain");
    page.evaluate("""
        new MutationObserver((changes, observer) => {
          const save = document.querySelector("#editor[open] button[value=set]");
          if (!save) return;
          observer.disconnect();
          save.click();
        }).observe(document.getElementById("editor-body"), { childList: true });
        """);
    page.click("#s-camera\\.fps .button");
    assertThat(page.textContent("#editor[open] .rule strong")).startsWith("author must have");
    assertThat(browser.takeComplaints())
        .containsExactly(TestBrowser.answered(
            "/scopes/company:andes/settings/camera.fps/edit", 422, "Unprocessable Entity"));
    page.context().close();
  }

  @Test
  void liveTable_answeredWhileALinkIsPressed_followsTheLink() {
    Page page = browser.page(1440, 900, ColorScheme.LIGHT);
    page.navigate(office.url("/"));
    page.hover("#c-andes");
    page.mouse().down();
    page.evaluate("htmx.ajax('GET', '/fleet/live', '#live')");
    page.mouse().up();
    page.waitForURL("**/scopes/company:andes");
    page.context().close();
  }

  @Test
  void pages_deskAndPhone_loadWithoutComplaint() {
    String directory = System.getProperty("chasqui.test.screenshots", "");
    boolean pictures = !directory.isEmpty();
    for (ColorScheme scheme :
        pictures ? ColorScheme.values() : new ColorScheme[] {ColorScheme.LIGHT}) {
      for (int width : new int[] {1440, 390}) {
        if (scheme == ColorScheme.NO_PREFERENCE) {
          continue;
        }
        Page page = browser.page(width, width == 390 ? 844 : 900, scheme);
        for (Map.Entry<String, String> each : PAGES.entrySet()) {
          page.navigate(office.url(each.getValue()));
          if (each.getKey().equals("scope-open")) {
            page.click("#s-camera\\.fps summary");
            page.waitForSelector("#s-camera\\.fps .candidates");
          }
          if (each.getKey().equals("trace")) { // whose picture has styles of its own
            page.click(".traces .what a");
            page.waitForSelector(".wf-row");
          }
          if (each.getKey().equals("editor")) {
            page.click("#s-model\\.lane\\.threshold summary");
            page.click("#s-model\\.lane\\.threshold .button");
            page.waitForSelector("#editor[open] .fields");
          }
          assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
              .as("%s fits %s px", each.getValue(), width)
              .isEqualTo(true);
          if (pictures) {
            page.screenshot(new Page.ScreenshotOptions()
                .setPath(Path.of(directory, each.getKey() + '-' + width + '-' + scheme + ".png")));
          }
        }
        page.context().close();
      }
    }
    assertThat(browser.takeComplaints())
        .containsOnly(TestBrowser.answered("/scopes/company:nobody", 404, "Not Found"));
  }

  private static final Map<String, String> PAGES = Map.ofEntries(
      Map.entry("fleet", "/"),
      Map.entry("company", "/scopes/company:northwind"),
      Map.entry("scope-open", "/scopes/device:northwind-001-cam"),
      Map.entry("editor", "/scopes/company:andes"),
      Map.entry("devices", "/scopes/company:northwind?tab=devices"),
      Map.entry("refusing", "/scopes/device:northwind-001-cam?tab=changes"),
      Map.entry("edit-page", "/scopes/company:andes/settings/upload.interval/edit"),
      Map.entry("changes", "/changes"),
      Map.entry("change", "/changes/4"),
      Map.entry("settings", "/settings"),
      Map.entry("traces", "/traces"),
      Map.entry("trace", "/traces?"),
      Map.entry("api", "/api"),
      Map.entry("missing", "/scopes/company:nobody"));
}
