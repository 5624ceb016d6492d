package dev.chasqui.benchmarks.pooledredis.borrow;

import dev.chasqui.benchmarks.pooledredis.FullPool;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;

/** Commons Pool 2 with plain objects, which cost nothing to make, to check or to clean. */
record PlainPool(GenericObjectPool<Object> pool) implements BorrowBenchmark.Pool<Object> {
  /**
   * Fills it.
   *
   * @param fair whether those who wait get one in the order in which they came
   */
  static PlainPool of(int size, boolean fair) throws Exception {
    GenericObjectPoolConfig<Object> config = FullPool.config(size);
    config.setFairness(fair);
    GenericObjectPool<Object> pool = new GenericObjectPool<>(new PlainObjects(), config);
    pool.preparePool();
    return new PlainPool(pool);
  }

  @Override
  public Object borrow() throws Exception {
    return pool.borrowObject();
  }

  @Override
  public void giveBack(Object borrowed) {
    pool.returnObject(borrowed);
  }

  @Override
  public void close() {
    pool.close();
  }

  private static final class PlainObjects extends BasePooledObjectFactory<Object> {
    @Override
    public Object create() {
      return new Object();
    }

    @Override
    public PooledObject<Object> wrap(Object object) {
      return new DefaultPooledObject<>(object);
    }
  }
}
