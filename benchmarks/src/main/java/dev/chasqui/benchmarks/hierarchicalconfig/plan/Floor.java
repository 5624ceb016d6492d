package dev.chasqui.benchmarks.hierarchicalconfig.plan;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.hierarchicalconfig.Fleet;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The least that can be done device by device: its scopes are looked through, in arrays of numbers, for
 * the nearest value before and after. Knows no types, locks or conditions, and gives no reasons.
 */
public class Floor extends PlanBenchmark {
  private static final int NOT_SET = -1; // no value of a fleet is negative

  @Override
  Supplier<Planned> planner(Fleet fleet, List<ProfileEdits> change) {
    Table table = Table.of(fleet);
    return () -> table.plan(change);
  }

  /**
   * A fleet in arrays. Scopes with a profile have numbers; the last number is that of the defaults.
   *
   * @param nearestFirst of each device the numbers of its scopes
   * @param columns by key, the value that each number has
   */
  private record Table(
      List<String> devices,
      List<int[]> nearestFirst,
      Map<Scope, Integer> numbers,
      Map<String, int[]> columns) {
    static Table of(Fleet fleet) {
      Map<Scope, Integer> numbers = new HashMap<>();
      fleet.profiles().keySet().forEach(scope -> numbers.put(scope, numbers.size()));
      Map<String, Number> defaults = fleet.defaults();
      Map<String, int[]> columns = new HashMap<>();
      for (String key : Fleet.keys()) {
        int[] column = new int[numbers.size() + 1];
        Arrays.fill(column, NOT_SET);
        column[numbers.size()] = requireNonNull(defaults.get(key)).intValue();
        columns.put(key, column);
      }
      numbers.forEach((scope, number) -> fleet
          .values(scope)
          .forEach((key, value) -> requireNonNull(columns.get(key))[number] = value.intValue()));
      List<int[]> nearestFirst = new ArrayList<>();
      for (Fleet.Device device : fleet.devices()) {
        List<Scope> scopes = new ArrayList<>(device.path());
        Collections.reverse(scopes);
        nearestFirst.add(numbersOf(scopes, numbers));
      }
      List<String> devices = fleet.devices().stream().map(Fleet.Device::key).toList();
      return new Table(devices, nearestFirst, numbers, columns);
    }

    private static int[] numbersOf(List<Scope> scopes, Map<Scope, Integer> numbers) {
      List<Integer> found = new ArrayList<>();
      for (Scope scope : scopes) {
        Integer number = numbers.get(scope);
        if (number != null) {
          found.add(number);
        }
      }
      found.add(numbers.size());
      return found.stream().mapToInt(Integer::intValue).toArray();
    }

    Planned plan(List<ProfileEdits> change) {
      Map<String, int[]> edited = new HashMap<>();
      for (ProfileEdits edits : change) {
        int number = requireNonNull(numbers.get(edits.scope()));
        for (Map.Entry<String, Entry> set : edits.set().entrySet()) {
          int[] column = edited.computeIfAbsent(
              set.getKey(), key -> requireNonNull(columns.get(key)).clone());
          column[number] = set.getValue().value().intValue();
        }
      }
      int[][] before = edited.keySet().stream().map(columns::get).toArray(int[][]::new);
      int[][] after = edited.values().toArray(int[][]::new);
      ByteBuffer values = ByteBuffer.allocate(8 * before.length);
      MessageDigest sha = sha256();
      int devicesChanged = 0;
      long rise = 0;
      for (int device = 0; device < devices.size(); device++) {
        int[] scopes = nearestFirst.get(device);
        values.clear();
        for (int key = 0; key < before.length; key++) {
          int was = nearest(scopes, before[key]);
          int willBe = nearest(scopes, after[key]);
          if (was != willBe) {
            values.putInt(key).putInt(willBe);
            rise += willBe - was;
          }
        }
        if (values.position() > 0) {
          devicesChanged++;
          sha.update(devices.get(device).getBytes(StandardCharsets.US_ASCII));
          sha.update(values.flip());
        }
      }
      String digest = HexFormat.of().formatHex(sha.digest());
      return new Planned(devices.size(), devicesChanged, rise, digest);
    }

    private static int nearest(int[] scopes, int[] column) {
      int i = 0;
      while (column[scopes[i]] == NOT_SET) { // there is always a default
        i++;
      }
      return column[scopes[i]];
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }
  }
}
