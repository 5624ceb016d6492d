package dev.chasqui.app.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.chasqui.tracing.logback.TraceAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** What {@code logback.xml} cannot know: the options of the command line. */
final class Logging {
  private Logging() {}

  /** For commands that say themselves how they get on: only warnings, unless more was asked for. */
  static void quieten() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      ch.qos.logback.classic.Logger ours = context.getLogger("dev.chasqui");
      if (ours.getLevel() == null) {
        ours.setLevel(Level.WARN);
      }
    }
  }

  static void configure(LoggerContext context, boolean json, boolean verbose) {
    SLF4JBridgeHandler
        .removeHandlersForRootLogger(); // of java.util.logging, where OpenTelemetry's lines are
    SLF4JBridgeHandler.install();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    if (verbose) {
      context.getLogger("dev.chasqui").setLevel(Level.DEBUG);
    }
    if (json
        && root.getAppender("console") instanceof ConsoleAppender<ILoggingEvent> console
        && !(console.getEncoder() instanceof JsonEncoder)) {
      JsonEncoder encoder = new JsonEncoder();
      encoder.setContext(context);
      encoder.setWithFormattedMessage(true);
      encoder.setWithMessage(false);
      encoder.setWithArguments(false);
      encoder.setWithContext(false);
      encoder.setWithSequenceNumber(false);
      encoder.start();
      console.stop();
      console.setEncoder(encoder);
      console.start();
      TraceAppender traced = new TraceAppender();
      traced.setContext(context);
      traced.addAppender(console);
      traced.start();
      root.detachAppender(console);
      root.addAppender(traced);
    }
  }
}
