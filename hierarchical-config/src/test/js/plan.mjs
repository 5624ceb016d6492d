// Plans (13.1 to 13.6): every device below a change is resolved before it and after it.

import { createHash } from 'node:crypto';
import { inOrder, levelName, profileOf, profilesOf } from './fleet.mjs';
import { canonical, present } from './json.mjs';
import { byText, DEFAULT_LEVELS, inPathOrder, instantOf, resolve } from './resolve.mjs';
import { isSameValue } from './settings.mjs';

const CONFLICTS = ['locked', 'out-of-bounds', 'looser'];

/** What edits would do to a fleet at the instant `at`: to each device below them, and the digest. */
export function plan({ levels = DEFAULT_LEVELS, manifest, fleet, edits, at }) {
  if (!isChange(levels, fleet.profiles, edits)) {
    return { refused: true };
  }
  const changed = make(edits, fleet.profiles);
  const outcomes = new Map();
  for (const device of inOrder(fleet.devices)) {
    const profiles = profilesOf(device, levels, changed);
    const nearestFirst = inPathOrder(levels, profiles)
      .reverse()
      .flatMap(({ scope }) => edits.filter((each) => each.scope === scope));
    if (nearestFirst.length > 0) {
      const config = { levels, manifest, facts: device.facts, at };
      const before = resolve({ ...config, profiles: profilesOf(device, levels, fleet.profiles) });
      const after = resolve({ ...config, profiles });
      const effects = effectsOf(manifest, before, after);
      outcomes.set(device.key, {
        effects,
        unchanged: unchangedOf(nearestFirst, effects, before, after),
        conflicts: conflictsOf(nearestFirst, profiles, before, after),
        broken: brokenOf(before, after),
      });
    }
  }
  return { devices: Object.fromEntries(outcomes), digest: digest(edits, outcomes) };
}

// 13.1

function isChange(levels, profiles, edits) {
  const scopes = new Set(edits.map(({ scope }) => scope));
  return (
    edits.length > 0 &&
    scopes.size === edits.length &&
    edits.every(
      ({ scope, from, revision, set, removed }) =>
        levels.some((level) => scope.startsWith(`${levelName(level)}:`)) &&
        from === profileOf(scope, profiles).revision &&
        revision > from &&
        removed.every((key) => !Object.hasOwn(set, key)),
    )
  );
}

/** The profiles with the edits made. */
function make(edits, profiles) {
  const edited = edits.map(({ scope, revision, set, removed, priority }) => {
    const profile = profileOf(scope, profiles);
    const entries = { ...profile.entries, ...set };
    removed.forEach((key) => delete entries[key]);
    return { scope, revision, priority: priority ?? profile.priority, entries };
  });
  const scopes = edits.map(({ scope }) => scope);
  return [...edited, ...profiles.filter(({ scope }) => !scopes.includes(scope))];
}

/** 13.2 */
function effectsOf({ settings }, before, after) {
  const effects = {};
  for (const key of new Set(Object.keys({ ...before.values, ...after.values }))) {
    const setting = settings.find((each) => each.key === key);
    const [was, is] = [before.values[key], after.values[key]];
    if (!isSameValue(setting, was, setting, is)) {
      effects[key] = present({ before: was, after: is });
    }
  }
  return effects;
}

/** 13.3 */
function unchangedOf(nearestFirst, effects, before, after) {
  const unchanged = {};
  for (const { scope, set, removed } of nearestFirst) {
    for (const key of [...Object.keys(set), ...removed]) {
      if (!Object.hasOwn(effects, key) && !Object.hasOwn(unchanged, key)) {
        const { explanations } = removed.includes(key) ? before : after;
        const lost = explanations[key]?.losers.find((loser) => loser.scope === scope);
        unchanged[key] = present({ scope, reason: lost?.reason ?? 'equal', by: lost?.by });
      }
    }
  }
  return unchanged;
}

/** 13.4, by key, the nearest first. */
function conflictsOf(edits, profiles, before, after) {
  const refusedIn = (config, key) =>
    (config.explanations[key]?.losers ?? []).filter(({ reason }) => CONFLICTS.includes(reason));
  const authorOf = (scope, key) => profileOf(scope, profiles).entries[key].author ?? '';
  return Object.keys(after.explanations)
    .sort()
    .flatMap((key) =>
      refusedIn(after, key)
        .filter(
          ({ scope, by }) =>
            edits.some((each) => each.scope === scope && Object.hasOwn(each.set, key)) ||
            !refusedIn(before, key).some((was) => was.scope === scope && was.by === by),
        )
        .map(({ scope, by, reason }) => ({
          key,
          reason,
          refused: scope,
          refusedAuthor: authorOf(scope, key),
          lock: by,
          lockAuthor: authorOf(by, key),
        })),
    );
}

/** 13.5 */
function brokenOf(before, after) {
  const known = before.violations.map(textOf);
  return after.violations.filter((violation) => !known.includes(textOf(violation)));
}

function textOf({ rule, setting, scope }) {
  return `${rule} ${setting} ${scope}`;
}

// 13.6. Whole numbers beyond 2^53, of which all digits count, JavaScript does not have.

function digest(edits, outcomes) {
  const sorted = [...edits].sort((a, b) => byText(a.scope, b.scope));
  const hash = createHash('sha256').update(canonical(sorted.map(written)));
  for (const [device, { effects, broken }] of outcomes) {
    if (Object.keys(effects).length > 0 || broken.length > 0) {
      const outcome = canonical({ effects, broken: broken.map(textOf).sort() });
      hash.update(`${device}\n`).update(createHash('sha256').update(outcome).digest());
    }
  }
  return hash.digest('hex');
}

function written({ scope, from, set, removed, priority }) {
  const entries = Object.entries(set).map(([key, entry]) => [key, writtenEntry(entry)]);
  return present({
    scope,
    from,
    set: Object.fromEntries(entries),
    removed: [...removed].sort(),
    priority,
  });
}

function writtenEntry({ revision, author, remove, binding, from, until, ...others }) {
  return present({
    ...others,
    author: author === '' ? undefined : author,
    remove: remove?.length === 0 ? undefined : remove,
    binding: binding === 'recommended' ? undefined : binding,
    from: from && instantOf(Date.parse(from)),
    until: until && instantOf(Date.parse(until)),
  });
}
