package dev.chasqui.pointcache;

/** Where an answer comes from. */
public enum Source {
  /** This process kept it. */
  MEMORY,
  /** Redis kept it. */
  REDIS,
  /** It was read from the database. */
  DATABASE
}
