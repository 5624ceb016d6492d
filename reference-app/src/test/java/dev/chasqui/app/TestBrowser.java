package dev.chasqui.app;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A headless Chromium that remembers what its pages complain of. For one thread. Registered as an
 * extension it logs, when a test fails, where its pages are and what they say, and
 * closes them.
 */
public final class TestBrowser implements AfterTestExecutionCallback, AutoCloseable {
  /** Reached only where something is broken: the machine may be busy with much else. */
  private static final double LIMIT_MILLIS = 30_000;

  private static final Logger LOG = LoggerFactory.getLogger(TestBrowser.class);

  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final Playwright playwright;
  private final Browser browser;

  private TestBrowser(Path chromium, Path node) {
    playwright = Playwright.create(new Playwright.CreateOptions()
        .setEnv(Map.of(
            "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1", "PLAYWRIGHT_NODEJS_PATH", node.toString())));
    browser = playwright
        .chromium()
        .launch(new BrowserType.LaunchOptions()
            .setExecutablePath(chromium)
            .setArgs(List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync")));
    // Of the whole JVM, in Playwright: a page's own limit does not hold for assertions.
    PlaywrightAssertions.setDefaultAssertionTimeout(LIMIT_MILLIS);
  }

  /** Starts one; skips the test, and says why, where there is none. */
  public static TestBrowser open() {
    Optional<Path> chromium = onPath("chromium", "chromium-browser", "google-chrome");
    Optional<Path> node = onPath("node");
    assumeTrue(chromium.isPresent(), "no chromium on the PATH: the browser tests are skipped");
    assumeTrue(
        node.isPresent(),
        "no node on the PATH, which Playwright needs: the browser tests are skipped");
    return new TestBrowser(chromium.orElseThrow(), node.orElseThrow());
  }

  private static Optional<Path> onPath(String... names) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(directory -> Stream.of(names).map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** An empty page with cookies of its own; close its context after use. */
  public Page page(int width, int height, ColorScheme scheme) {
    Page page = browser
        .newContext(
            new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(scheme))
        .newPage();
    page.onConsoleMessage(message -> {
      if (message.type().equals("error")) {
        complaints.add(pathOf(message.location()) + ": " + message.text());
      }
    });
    page.onPageError(complaints::add);
    page.setDefaultTimeout(LIMIT_MILLIS);
    return page;
  }

  /** Playwright says {@code URL:line:column}. */
  private static String pathOf(String location) {
    String path = URI.create(location.replaceFirst("(:\\d+){1,2}$", "")).getPath();
    return path == null ? "" : path;
  }

  /** The errors since the last call: of scripts, and what the console says, by path. */
  public List<String> takeComplaints() {
    List<String> taken = List.copyOf(complaints);
    complaints.removeAll(taken);
    return taken;
  }

  /** What the console says when a page or part of it is answered so. */
  public static String answered(String path, int status, String reason) {
    return path + ": Failed to load resource: the server responded with a status of " + status
        + " (" + reason + ')';
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isEmpty()) {
      return;
    }
    LOG.error("{} failed; the browser complained of {}", context.getDisplayName(), complaints);
    for (BrowserContext each : browser.contexts()) {
      for (Page page : each.pages()) {
        try {
          LOG.error(
              "Its page was at {}, with the alerts {}",
              page.url(),
              page.locator("[role=alert]").allInnerTexts());
        } catch (PlaywrightException e) {
          LOG.error("Its page at {} does not answer", page.url(), e);
        }
      }
      each.close();
    }
    complaints.clear(); // they are not the next test's
  }

  @Override
  public void close() {
    playwright.close();
  }
}
