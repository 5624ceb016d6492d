package dev.chasqui.edgeclient;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a device connected to its gateway, speaks the protocol and makes new attempts. All state is used on the
 * client's thread only; what a transport calls comes over to it first.
 */
final class Link {
  /** Where to, who, and how patient. {@code patience}: for a connection, and again for the answer to a hello. */
  record Address(URI stream, String device, String software, Duration patience) {}

  private static final System.Logger LOG = System.getLogger(Link.class.getName());
  private static final long STABLE_NANOS = Duration.ofMinutes(1).toNanos();
  /** After an answer that another attempt will hardly change, such as 404. */
  private static final Duration HOPELESS = Duration.ofSeconds(60);

  private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);
  /** A gap that a sync does not close is the gateway's fault; without this, both would talk forever. */
  private static final int GAPS_IN_A_ROW = 3;

  private final Address address;
  private final Transport transport;
  private final Actor actor;
  private final RandomGenerator random;
  private final Applier applier;
  private final Consumer<EdgeStatus> onStatus;
  private final Backoff backoff;

  private @Nullable Attempt current;
  private @Nullable Future<?> reconnect;
  private EdgeStatus.State state = EdgeStatus.State.CONNECTING;
  private Instant since;
  private @Nullable String problem;

  /** {@code onStatus} is called on the client's thread, also for a status that equals the one before. */
  Link(
      Address address,
      Transport transport,
      Actor actor,
      RandomGenerator random,
      Applier applier,
      Consumer<EdgeStatus> onStatus) {
    this.address = address;
    this.transport = transport;
    this.actor = actor;
    this.random = random;
    this.applier = applier;
    this.onStatus = onStatus;
    this.backoff = new Backoff(random);
    this.since = actor.now();
  }

  EdgeStatus status() {
    return new EdgeStatus(
        state,
        since,
        applier.received().revision(),
        applier.effectiveRevision(),
        applier.fingerprint(),
        applier.refusal(),
        problem);
  }

  void connect() {
    if (state == EdgeStatus.State.CLOSED) {
      return;
    }
    reconnect = null;
    Attempt attempt = new Attempt();
    current = attempt;
    enter(EdgeStatus.State.CONNECTING);
    open(attempt).whenComplete((stream, failure) -> {
      boolean posted = actor.post(() -> attempt.opened(stream, failure));
      if (!posted && stream != null) {
        stream.abort();
      }
    });
  }

  private CompletionStage<Transport.Stream> open(Attempt attempt) {
    try {
      return transport.open(address.stream(), address.patience(), Transfer.LIMIT, attempt);
    } catch (RuntimeException e) { // such as a transport that was closed
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Tells all that time has changed what the device runs with, or refuses. */
  void timeChanged() {
    enter(state);
    if (current != null && state == EdgeStatus.State.LIVE) { // else the end of the sync will say it
      current.ackSoon();
    }
  }

  /** Ends for good; the stage ends when the connection is gone. */
  CompletionStage<?> close() {
    Attempt last = current;
    current = null;
    cancel(reconnect);
    problem = null;
    CompletionStage<?> gone = last == null
        ? CompletableFuture.completedStage(null)
        : last.leave(Transport.NORMAL, "closed");
    enter(EdgeStatus.State.CLOSED);
    return gone;
  }

  private void enter(EdgeStatus.State now) {
    if (state != now) {
      state = now;
      since = actor.now();
    }
    onStatus.accept(status());
  }

  private void retryLater(String why, Duration atLeast) {
    Duration added = atLeast.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : atLeast;
    long wait = backoff.failed() + added.toNanos();
    LOG.log(
        backoff.first() ? System.Logger.Level.INFO : System.Logger.Level.DEBUG,
        address.device() + ": " + why + "; next attempt in " + wait / 1_000_000 + " ms");
    problem = why;
    reconnect = actor.after(wait, this::connect);
    enter(EdgeStatus.State.WAITING);
  }

  private static void cancel(@Nullable Future<?> timer) {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /** One connection, from the attempt to open it until it is lost. */
  private final class Attempt implements Transport.Receiver {
    private volatile long heardAt = actor.nanos();
    private Transport.@Nullable Stream stream;
    private long openedAt;
    private long silenceAllowed = address.patience().toNanos();
    private long ackWithin;
    private @Nullable Transfer transfer;
    /** For the gateway that asked, until the next transfer is complete. */
    private StepTimes times = StepTimes.NONE;
    /** What the next ack tells of the last transfer. */
    private StepTimes untold = StepTimes.NONE;

    private boolean awaitsBegin;
    private int gaps;
    private boolean helloDue;
    private boolean ackDue;
    private boolean sending;
    private @Nullable Future<?> ackTimer;
    private @Nullable Future<?> silenceTimer;

    // Called by the transport, on its threads

    @Override
    public void message(String text) {
      onActor(() -> received(text));
    }

    @Override
    public void alive() {
      heardAt = actor.nanos();
    }

    @Override
    public void ended(String why) {
      onActor(() -> lost(why));
    }

    private void onActor(Runnable task) {
      actor.post(() -> {
        if (current == this) {
          guarded(task);
        }
      });
    }

    /** A failure of our own costs the connection, not the client. */
    private void guarded(Runnable task) {
      try {
        task.run();
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, address.device() + ": failed on its connection", e);
        lost("failed: " + e);
      }
    }

    // On the client's thread

    void opened(Transport.@Nullable Stream opened, @Nullable Throwable failure) {
      if (current != this) {
        if (opened != null) {
          opened.abort();
        }
      } else if (opened == null) {
        current = null;
        refused(failure instanceof CompletionException ? failure.getCause() : failure);
      } else {
        stream = opened;
        openedAt = actor.nanos();
        problem = null;
        enter(EdgeStatus.State.SYNCING);
        guarded(() -> {
          sayHello();
          readNext();
          watchSilence();
        });
      }
    }

    private void refused(@Nullable Throwable failure) {
      if (!(failure instanceof RefusedException refusal)) {
        retryLater("no connection to " + address.stream() + ": " + failure, Duration.ZERO);
        return;
      }
      int status = refusal.status();
      boolean hopeless = status >= 400 && status < 500 && status != 408 && status != 429;
      Duration retryAfter = refusal.retryAfter();
      String why = status == 404
          ? "the gateway at " + address.stream() + " does not know device " + address.device()
              + " (404)"
          : "the gateway at " + address.stream() + " refused the connection (" + status + ")";
      if (hopeless) {
        LOG.log(System.Logger.Level.WARNING, why);
      }
      retryLater(why, retryAfter != null ? retryAfter : hopeless ? HOPELESS : Duration.ZERO);
    }

    private void readNext() {
      heardAt = actor.nanos(); // silence counts from when we listen
      if (stream != null) {
        stream.next();
      }
    }

    private void watchSilence() {
      cancel(silenceTimer);
      long silent = actor.nanos() - heardAt;
      if (silent >= silenceAllowed) {
        drop("nothing came from the gateway for " + silent / 1_000_000 + " ms");
      } else {
        silenceTimer = actor.after(silenceAllowed - silent, this::watchIfCurrent);
      }
    }

    private void watchIfCurrent() {
      if (current == this) {
        guarded(this::watchSilence);
      }
    }

    private void received(String text) {
      ServerFrame frame;
      try {
        frame = ServerFrame.read(text);
      } catch (IllegalArgumentException e) {
        breakOff("a frame cannot be read: " + e.getMessage());
        return;
      }
      if (transfer != null && !transfer.weigh(text)) {
        tooLarge();
        return;
      }
      on(frame, text);
      if (current == this) {
        readNext();
      }
    }

    private void on(ServerFrame frame, String text) {
      if (frame instanceof ServerFrame.Begin begin) {
        begin(begin);
      } else if (frame instanceof ServerFrame.Goodbye goodbye) {
        leave(Transport.NORMAL, "goodbye");
        lost("the gateway said goodbye: " + goodbye.reason(), goodbye.retryAfter());
      } else if (frame instanceof ServerFrame.Failure failure) {
        breakOff("the gateway objects: " + failure.message());
      } else if (frame instanceof ServerFrame.Trace asked) {
        times = StepTimes.asked(asked.trace(), actor::nanos);
        times.begin("receive");
        untold = StepTimes.NONE;
      } else if (!awaitsBegin) { // else it belongs to what was dropped at the gap
        collect(frame, text);
      }
    }

    private void begin(ServerFrame.Begin begin) {
      awaitsBegin = false;
      ackWithin = begin.ackWithin().toNanos();
      silenceAllowed = begin.heartbeat().toNanos() / 2 * 5;
      heardAt = actor.nanos();
      watchSilence();
      transfer = Transfer.begun(begin.full(), applier.received());
      enter(EdgeStatus.State.SYNCING);
    }

    private void collect(ServerFrame frame, String text) {
      Transfer collecting = transfer;
      if (collecting == null) {
        collecting = Transfer.live(applier.received());
        transfer = collecting;
        collecting.weigh(text);
      }
      if (frame instanceof ServerFrame.WholeProfile whole) {
        collecting.put(whole.profile());
      } else if (frame instanceof ServerFrame.Edits edits) {
        if (!collecting.make(edits.edits())) {
          gap();
        }
      } else if (frame instanceof ServerFrame.Complete complete) {
        transfer = null;
        StepTimes asked = times;
        times = StepTimes.NONE;
        asked.end();
        take(collecting.complete(complete.revision(), applier.received()), asked);
      }
    }

    private void gap() {
      transfer = null;
      gaps++;
      if (gaps > GAPS_IN_A_ROW) {
        breakOff("edits do not follow what the gateway sent before");
        return;
      }
      enter(EdgeStatus.State.SYNCING);
      sayHello();
    }

    private void take(ProfileSet next, StepTimes asked) {
      long before = applier.received().revision();
      try {
        applier.take(next, asked);
      } catch (IllegalArgumentException e) {
        breakOff("profiles of revision " + next.revision() + " do not fit: " + e.getMessage());
        return;
      } catch (IOException e) {
        LOG.log(System.Logger.Level.ERROR, address.device() + ": cannot store a change", e);
        leave(Transport.NOT_STORED, "cannot store");
        lost("revision " + next.revision() + " cannot be stored: " + e);
        return;
      }
      if (current != this) {
        return; // a listener closed the client
      }
      if (state == EdgeStatus.State.LIVE && next.revision() > before) {
        gaps = 0;
      }
      enter(EdgeStatus.State.LIVE);
      if (asked.isAsked()) { // else what was asked before is still to be told
        untold = asked;
      }
      ackSoon();
    }

    private void sayHello() {
      awaitsBegin = true;
      helloDue = true;
      flush();
    }

    private void ackSoon() {
      if (ackTimer == null) {
        long wait = ackWithin == 0 ? 0 : random.nextLong(ackWithin);
        ackTimer = actor.after(wait, () -> {
          ackTimer = null;
          if (current == this) {
            ackDue = true;
            guarded(this::flush);
          }
        });
      }
    }

    /** Sends what is due, one frame at a time: a frame that waits says the newest state when its turn comes. */
    private void flush() {
      Transport.Stream out = stream;
      if (out == null || sending || !(helloDue || ackDue)) {
        return;
      }
      String frame;
      if (helloDue) {
        helloDue = false;
        frame = DeviceFrame.hello(applier.received(), address.software());
      } else {
        ackDue = false;
        frame = applier.ack(untold);
        untold = StepTimes.NONE;
      }
      sending = true;
      out.send(frame).whenComplete((sent, failure) -> onActor(() -> sent(failure)));
    }

    private void sent(@Nullable Throwable failure) {
      sending = false;
      if (failure != null) {
        drop("a frame could not be sent: " + failure);
      } else {
        flush();
      }
    }

    private void tooLarge() {
      leave(Transport.TOO_LARGE, "transfer too large");
      lost("a transfer was larger than " + Transfer.LIMIT + " bytes");
    }

    private void breakOff(String why) {
      LOG.log(System.Logger.Level.WARNING, address.device() + ": " + why + "; the config stays");
      leave(Transport.BAD_MESSAGE, "frame not understood");
      lost(why);
    }

    private void drop(String why) {
      if (stream != null) {
        stream.abort();
      }
      lost(why);
    }

    private void lost(String why) {
      lost(why, Duration.ZERO);
    }

    private void lost(String why, Duration atLeast) {
      current = null;
      cancelTimers();
      if (stream != null && actor.nanos() - openedAt >= STABLE_NANOS) {
        backoff.reset();
      }
      retryLater(why, atLeast);
    }

    /** Says why and closes the stream; the rest is up to the caller. */
    CompletionStage<?> leave(int code, String reason) {
      cancelTimers();
      return stream == null ? CompletableFuture.completedStage(null) : stream.close(code, reason);
    }

    private void cancelTimers() {
      cancel(ackTimer);
      cancel(silenceTimer);
    }
  }
}
