// Replays (13.7): every device of a fleet is resolved by two manifests and hierarchies.

import { inOrder, profilesOf } from './fleet.mjs';
import { present } from './json.mjs';
import { DEFAULT_LEVELS, resolve } from './resolve.mjs';
import { isSameValue } from './settings.mjs';

/** The values that differ, by device, and how many were compared. `levels` are those of the fleet. */
export function replay({ levels = DEFAULT_LEVELS, fleet, first, second, at }) {
  const devices = {};
  let compared = 0;
  for (const device of inOrder(fleet.devices)) {
    const profiles = profilesOf(device, levels, fleet.profiles);
    const [one, other] = [first, second].map((by) =>
      resolve({ ...by, profiles, facts: device.facts, at }),
    );
    if (one.refused || other.refused) {
      return { refused: true };
    }
    const declared = [first, second].map(
      ({ manifest }) => new Map(manifest.settings.map((setting) => [setting.key, setting])),
    );
    const keys = new Set(Object.keys({ ...one.content, ...other.content }));
    [...declared[0].keys()].filter((key) => declared[1].has(key)).forEach((key) => keys.add(key));
    compared += keys.size;
    for (const key of keys) {
      const [before, after] = [one.values[key], other.values[key]];
      if (!isSameValue(declared[0].get(key), before, declared[1].get(key), after)) {
        devices[device.key] ??= {};
        devices[device.key][key] = present({ before, after });
      }
    }
  }
  return { devices, compared };
}
