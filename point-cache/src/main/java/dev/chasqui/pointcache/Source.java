package dev.chasqui.pointcache;

/** Where an answer comes from. */
public enum Source {
  /** This process kept it. */
  MEMORY,
  /** Redis kept it. */
  REDIS,
  /** It was read from the database. */
  DATABASE,
  /**
   * This process answered it before, at most {@link PointCacheConfig#oldTime()} ago, and now the database failed or took too
   * long. It may be wrong; nobody gets it who has not asked for it by that time.
   */
  OLD
}
