package dev.chasqui.realservers;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A network between a client and a server on this machine that a test can spoil, as Toxiproxy does.
 *
 * <p><b>Threads:</b> safe for any number. It runs two daemon threads for each connection, and refuses more than {@link
 * #MOST} connections.
 */
public final class TcpProxy implements Closeable {
  private static final int MOST = 500;
  private static final int CHUNK = 16 * 1024;
  private static final long TICK_NANOS = Duration.ofMillis(10).toNanos();
  private static final long UNLIMITED = Long.MAX_VALUE;

  private final int target;
  private final ServerSocket listener;
  private final Set<Passage> passages = ConcurrentHashMap.newKeySet();
  private final AtomicLong connects = new AtomicLong();
  private final AtomicLong greeting = new AtomicLong();
  private final AtomicLong mostGreeting = new AtomicLong();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile boolean refusing;
  private volatile boolean swallowing;
  private volatile long delayNanos;
  private volatile int bytesPerTick = CHUNK;
  private volatile @Nullable String cutAt;

  private TcpProxy(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, MOST, InetAddress.getLoopbackAddress());
  }

  /** Listens at a port of its own, and forwards to {@code target}. */
  public static TcpProxy to(int target) {
    try {
      TcpProxy proxy = new TcpProxy(target);
      daemon("tcp-proxy-accept", proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the port that it listens at, on the loopback address. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Holds all that passes for so long. What waits when the delay ends goes on at once. */
  public void delay(Duration delay) {
    delayNanos = delay.toNanos();
    signal();
  }

  /** Lets so many bytes pass in each direction every 10 ms, and does not read more: both ends get stuck in writing. */
  public void slowDown(int bytes) {
    bytesPerTick = bytes;
  }

  /**
   * Swallows all that is sent, in silence, over old and new connections. Those that have lost something stay dead, as
   * behind a firewall that has forgotten them.
   */
  public void blackHole() {
    swallowing = true;
  }

  /** Accepts connections and resets them. */
  public void refuse() {
    refusing = true;
  }

  /** Resets all connections. */
  public void reset() {
    passages.forEach(Passage::reset);
  }

  /** Closes each connection after so many more bytes of replies: after 0, when the next reply comes. */
  public void cutAfter(long replyBytes) {
    passages.forEach(passage -> passage.repliesLeft.set(replyBytes));
  }

  /** Closes each connection, old or new, over which this is sent, and does not forward it. */
  public void cutAt(String request) {
    cutAt = request;
  }

  /** Ends all faults that last. */
  public void calm() {
    refusing = false;
    swallowing = false;
    delayNanos = 0;
    bytesPerTick = CHUNK;
    cutAt = null;
    signal();
  }

  /** Connections that clients have opened so far, including those that were refused. */
  public long connects() {
    return connects.get();
  }

  /** Connections that are open. */
  public int open() {
    return passages.size();
  }

  /** The most connections at one moment over which no reply had come yet, since this was last asked. */
  public long mostGreeting() {
    return mostGreeting.getAndSet(0);
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void delay() throws IOException {
    long since = System.nanoTime();
    waitWhile(() -> delayNanos - (System.nanoTime() - since));
  }

  private void tick() throws IOException {
    long until = System.nanoTime() + TICK_NANOS;
    waitWhile(() -> until - System.nanoTime());
  }

  /** Waits until there are no nanoseconds left, which is asked again whenever something changes. */
  private void waitWhile(LongSupplier nanosLeft) throws IOException {
    lock.lock();
    try {
      for (long left = nanosLeft.getAsLong(); left > 0; left = nanosLeft.getAsLong()) {
        if (listener.isClosed()) {
          throw new IOException("closed");
        }
        // Not the remainder that is returned: what is left is asked anew.
        long unused = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        connects.incrementAndGet();
        if (refusing || passages.size() >= MOST) {
          reset(client);
        } else {
          forward(client);
        }
      } catch (IOException e) {
        // closed, or the client was faster
      }
    }
  }

  private void forward(Socket client) throws IOException {
    Socket server = new Socket();
    try {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 5_000);
    } catch (IOException e) {
      reset(client);
      server.close();
      return;
    }
    Passage passage = new Passage(client, server);
    passages.add(passage);
    mostGreeting.accumulateAndGet(greeting.incrementAndGet(), Math::max);
    daemon("tcp-proxy-requests", () -> passage.pump(client, server, false));
    daemon("tcp-proxy-replies", () -> passage.pump(server, client, true));
  }

  private static void daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void reset(Socket socket) {
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // it is closed already, then
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    signal();
    reset();
  }

  private final class Passage {
    private final Socket client;
    private final Socket server;
    private final AtomicLong repliesLeft = new AtomicLong(UNLIMITED);
    private volatile boolean dead;
    private boolean greeted; // guarded by this

    Passage(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void pump(Socket from, Socket to, boolean replies) {
      byte[] chunk = new byte[CHUNK];
      try (from;
          to) {
        boolean goesOn = true;
        while (goesOn) {
          int limit = bytesPerTick;
          int n = from.getInputStream().read(chunk, 0, limit);
          if (delayNanos > 0) {
            delay();
          }
          goesOn = n >= 0 && (swallowed() || pass(chunk, n, to, replies));
          if (limit < CHUNK) {
            tick();
          }
        }
      } catch (IOException e) {
        // one of the two has ended: so does the other
      } finally {
        passages.remove(this);
        greeted();
      }
    }

    private boolean swallowed() {
      if (swallowing) {
        dead = true;
      }
      return dead;
    }

    /** Returns false if the connection is to be cut. */
    private boolean pass(byte[] chunk, int n, Socket to, boolean replies) throws IOException {
      if (!replies) {
        String end = cutAt;
        if (end != null && new String(chunk, 0, n, StandardCharsets.ISO_8859_1).contains(end)) {
          return false;
        }
        to.getOutputStream().write(chunk, 0, n);
        return true;
      }
      greeted(); // before the client can know
      long left = repliesLeft.get();
      to.getOutputStream().write(chunk, 0, (int) Math.min(n, left));
      return left == UNLIMITED || repliesLeft.addAndGet(-n) > 0;
    }

    private synchronized void greeted() {
      if (!greeted) {
        greeted = true;
        greeting.decrementAndGet();
      }
    }

    void reset() {
      TcpProxy.reset(client);
      TcpProxy.reset(server);
    }
  }
}
