package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The pages in a real browser. {@code -Dchasqui.test.screenshots=<directory>} leaves a picture of
 * each page there, in both colour schemes, for a desk and for a phone.
 */
@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BrowserTest {
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private Office office;
  private Playwright playwright;
  private Browser browser;

  @BeforeAll
  void open(RealPostgres postgres) throws IOException {
    Optional<Path> chromium = onPath("chromium", "chromium-browser", "google-chrome");
    Optional<Path> node = onPath("node");
    assumeTrue(chromium.isPresent(), "no chromium on the PATH: the browser tests are skipped");
    assumeTrue(
        node.isPresent(),
        "no node on the PATH, which Playwright needs: the browser tests are skipped");
    office = new Office(postgres);
    SampleFleet.fill(office);
    playwright = Playwright.create(new Playwright.CreateOptions()
        .setEnv(Map.of(
            "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
            "1",
            "PLAYWRIGHT_NODEJS_PATH",
            node.orElseThrow().toString())));
    browser = playwright
        .chromium()
        .launch(new BrowserType.LaunchOptions()
            .setExecutablePath(chromium.orElseThrow())
            .setArgs(List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync")));
  }

  private static Optional<Path> onPath(String... names) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(directory -> Stream.of(names).map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @AfterAll
  void close() {
    if (playwright != null) {
      playwright.close();
    }
    if (office != null) {
      office.close();
    }
  }

  private Page page(int width, int height, ColorScheme scheme) {
    BrowserContext context = browser.newContext(
        new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(scheme));
    Page page = context.newPage();
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") && !message.text().contains("422")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    page.setDefaultTimeout(15_000);
    return page;
  }

  @Test
  void edit_badThenGoodValue_showsRuleThenChange() {
    Page page = page(1440, 900, ColorScheme.LIGHT);
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
    assertThat(complaints).isEmpty();
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
        Page page = page(width, width == 390 ? 844 : 900, scheme);
        for (Map.Entry<String, String> each : PAGES.entrySet()) {
          page.navigate(office.url(each.getValue()));
          if (each.getKey().equals("scope-open")) {
            page.click("#s-camera\\.fps summary");
            page.waitForSelector("#s-camera\\.fps .candidates");
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
    assertThat(complaints.stream().filter(text -> !text.contains("404"))).isEmpty();
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
      Map.entry("api", "/api"),
      Map.entry("missing", "/scopes/company:nobody"));
}
