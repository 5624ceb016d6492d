package dev.chasqui.app.importing;

import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamConstraintsException;

/**
 * Imports files of declarations, nodes and profiles, each as one change. Safe for any number of
 * threads; memory is bounded whatever the size of a file.
 */
public final class Importer {
  private final Jdbi jdbi;
  private final Changes changes;

  public Importer(Jdbi jdbi, Changes changes) {
    this.jdbi = jdbi;
    this.changes = changes;
  }

  /** As the other, without telling of progress. */
  public ImportReport run(
      InputStream body, ImportFormat format, boolean keepGoing, Changes.Signature signature) {
    return run(body, format, keepGoing, signature, items -> {});
  }

  /**
   * Imports a file in one transaction. The body is read to its end before the transaction begins, so
   * that a slow sender does not make other changes wait.
   *
   * @param body the file; not closed
   * @param keepGoing whether what is valid goes in when something else is not; if not, one bad item
   *     refuses the file. A file that cannot be read to its end is refused either way.
   * @param progress told now and then how many items have been gone through, on this thread
   * @throws RefusedException if the file is refused; nothing is changed then. It names at most 1,000
   *     problems, and says when there may be more.
   * @throws UncheckedIOException if the body cannot be read
   */
  public ImportReport run(
      InputStream body,
      ImportFormat format,
      boolean keepGoing,
      Changes.Signature signature,
      IntConsumer progress) {
    try (InputStream file = spool(body);
        JsonParser parser = format.parser(file)) {
      return jdbi.inTransaction(handle ->
          new ImportRun(parser, changes.begin(handle, signature), keepGoing, progress).run());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JacksonIOException e) {
      throw new UncheckedIOException(e.getCause());
    } catch (JacksonException e) {
      String rule = e instanceof StreamConstraintsException ? "too-large" : "malformed";
      throw new RefusedException("", rule, described(e));
    }
  }

  private static String described(JacksonException e) {
    // those of YAML draw the place with a caret, over several lines that begin with a space
    String message = e.getOriginalMessage()
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(" "))
        .collect(Collectors.joining(", "));
    return e.getLocation() == null ? message : message + " (" + Place.of(e.getLocation()) + ')';
  }

  private static InputStream spool(InputStream body) throws IOException {
    Path file = Files.createTempFile("chasqui-import-", "");
    try {
      try (OutputStream out = Files.newOutputStream(file)) {
        copy(body, out);
      }
      return Files.newInputStream(file, StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  private static void copy(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long total = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      total += n;
      if (total > ImportLimits.FILE) {
        throw new RefusedException(
            "", "too-large", "a file may have " + ImportLimits.FILE + " bytes");
      }
      out.write(buffer, 0, n);
    }
  }
}
