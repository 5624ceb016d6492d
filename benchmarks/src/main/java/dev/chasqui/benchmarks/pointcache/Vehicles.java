package dev.chasqui.benchmarks.pointcache;

import dev.chasqui.pointcache.TableDefinition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** 10,000 rows of 6 columns and about 200 bytes, and the order in which they are asked for. */
public final class Vehicles {
  /** How many there are; their keys are from 0 below that. */
  public static final int COUNT = 10_000;

  /** How many are asked for at once. */
  public static final int MANY = 100;

  /** How many lists of so many there are. */
  public static final int LISTS = 256;

  /** What is cached of them. */
  public static final TableDefinition TABLE = TableDefinition.of("vehicle");

  static final String CREATE = "create table vehicle (id bigint primary key, vin text not null,"
      + " company_id bigint not null, mileage bigint not null, active boolean not null,"
      + " note text not null)";

  static final String INSERT =
      "insert into vehicle select id, 'VIN' || lpad(id::text, 14, '0'), id / 100,"
          + " 1000000 + id, true, rpad('note of ' || id || ' ', 130, 'n') from generate_series(0, "
          + (COUNT - 1)
          + ") as id";

  private static final int ASKED = 1 << 14; // a power of two
  private static final Long[] ORDER =
      new Random(7).longs(ASKED, 0, COUNT).boxed().toArray(Long[]::new);

  private Vehicles() {}

  /** The row of a key. */
  public static Vehicle of(long key) {
    String note = "note of " + key + " ";
    return new Vehicle(
        key,
        String.format(Locale.ROOT, "VIN%014d", key),
        key / 100,
        1_000_000 + key,
        true,
        note + "n".repeat(130 - note.length()));
  }

  /** All rows by key. */
  public static Map<Long, Vehicle> all() {
    Map<Long, Vehicle> all = new LinkedHashMap<>();
    keys().forEach(key -> all.put(key, of(key)));
    return all;
  }

  /** All keys: objects that are not those of {@link Order}. */
  public static List<Long> keys() {
    return LongStream.range(0, COUNT).boxed().toList();
  }

  /** {@value #LISTS} times {@value #MANY} different keys, always the same. */
  public static List<List<Long>> lists() {
    Random random = new Random(9);
    List<List<Long>> lists = new ArrayList<>();
    while (lists.size() < LISTS) {
      List<Long> keys = new ArrayList<>(keys());
      Collections.shuffle(keys, random);
      lists.add(List.copyOf(keys.subList(0, MANY)));
    }
    return lists;
  }

  /** What one thread asks for. */
  @State(Scope.Thread)
  public static class Order {
    private int next = ThreadLocalRandom.current().nextInt(ASKED);

    /** The next key, boxed beforehand for all alike. */
    public Long key() {
      next = (next + 1) & (ASKED - 1);
      return ORDER[next];
    }

    /** The number of the next list. */
    public int list() {
      next = (next + 1) & (LISTS - 1);
      return next;
    }
  }
}
