package dev.chasqui.pooledredis;

import java.time.Duration;
import java.util.Deque;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.PooledObjectState;
import org.apache.commons.pool2.impl.DefaultPooledObject;

/**
 * What Commons Pool knows of a slot: the states of {@link DefaultPooledObject}, without the looks at the clock that it
 * takes with each change of them, four for a borrowing. They were a quarter of what borrowing cost, and nobody asks for
 * what they say.
 *
 * <p><b>Threads:</b> safe for any number. Guarded by itself, which is what Commons Pool locks too.
 */
final class PooledSlot<K, V> extends DefaultPooledObject<Slot<K, V>> {
  private PooledObjectState state = PooledObjectState.IDLE;

  PooledSlot(Slot<K, V> slot) {
    super(slot);
  }

  @Override
  public synchronized PooledObjectState getState() {
    return state;
  }

  @Override
  public synchronized boolean allocate() {
    if (state == PooledObjectState.IDLE) {
      state = PooledObjectState.ALLOCATED;
      return true;
    }
    if (state == PooledObjectState.EVICTION) {
      state = PooledObjectState.EVICTION_RETURN_TO_HEAD;
    }
    return false;
  }

  @Override
  public synchronized boolean deallocate() {
    if (state != PooledObjectState.ALLOCATED && state != PooledObjectState.RETURNING) {
      return false;
    }
    state = PooledObjectState.IDLE;
    return true;
  }

  @Override
  public synchronized boolean startEvictionTest() {
    if (state != PooledObjectState.IDLE) {
      return false;
    }
    state = PooledObjectState.EVICTION;
    return true;
  }

  @Override
  public synchronized boolean endEvictionTest(Deque<PooledObject<Slot<K, V>>> idle) {
    if (state == PooledObjectState.EVICTION) {
      state = PooledObjectState.IDLE;
      return true;
    }
    if (state == PooledObjectState.EVICTION_RETURN_TO_HEAD) { // who wanted it has taken another
      state = PooledObjectState.IDLE;
      idle.offerFirst(this);
    }
    return false;
  }

  @Override
  public synchronized void markReturning() {
    state = PooledObjectState.RETURNING;
  }

  @Override
  public synchronized void markAbandoned() {
    state = PooledObjectState.ABANDONED;
  }

  @Override
  public synchronized void invalidate() {
    state = PooledObjectState.INVALID;
  }

  /** For what decides whether it has been idle for too long. */
  @Override
  public Duration getIdleDuration() {
    return Duration.ofNanos(getObject().idleNanos());
  }

  /** For statistics that are off. */
  @Override
  public Duration getActiveDuration() {
    return Duration.ZERO;
  }
}
