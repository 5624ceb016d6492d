// Resolution as SPEC.md says it; the numbers are its rules. A pure function: nothing is changed.

import { fingerprint } from './fingerprint.mjs';
import { canonical, pointerSteps, present, sizeOf } from './json.mjs';
import { mergePiece } from './merge.mjs';
import * as rules from './rules.mjs';
import * as settings from './settings.mjs';

export const DEFAULT_LEVELS = ['global', 'company', { name: 'group', many: true }, 'vehicle', 'device'];

/**
 * What one device gets at the instant `at`, why, what is wrong, and when it changes next.
 *
 * @param language `matches(rule, facts)`: true, false, or null where the rule cannot be evaluated;
 *     `pickArm(seed, unit, arms)`: one of the arms
 */
export function resolve({ levels, manifest, profiles, facts, at }, language = rules) {
  const path = inPathOrder(levels ?? DEFAULT_LEVELS, profiles);
  if (path === null) {
    return { refused: true };
  }
  const device = { path, manifest, facts: facts ?? {}, language };
  const now = resolveAt(device, Date.parse(at));
  return {
    values: now.values,
    content: now.content,
    explanations: now.explanations,
    violations: now.violations,
    nextChange: nextChange(device, Date.parse(at), now),
    fingerprint: fingerprint(now.content),
  };
}

// 1 Hierarchy

/** The profiles from the widest to the nearest (1.3), or null if the path is refused (1.2). */
export function inPathOrder(levels, profiles) {
  const named = levels.map((level) => (typeof level === 'string' ? { name: level } : level));
  const path = profiles.map((profile) => {
    const name = profile.scope.slice(0, profile.scope.indexOf(':'));
    return { ...profile, level: named.findIndex((level) => level.name === name) };
  });
  const isRefused = path.some(
    (one, i) =>
      one.level < 0 ||
      path
        .slice(0, i)
        .some((other) =>
          named[one.level].many ? one.scope === other.scope : one.level === other.level,
        ),
  );
  if (isRefused) {
    return null;
  }
  path.sort(
    (a, b) => a.level - b.level || a.priority - b.priority || byText(b.scope, a.scope),
  );
  return path.map((profile, place) => ({ ...profile, place }));
}

export function byText(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// 6 and 7: keys, each by itself or in its atomic group

function resolveAt(device, t) {
  const { path, manifest } = device;
  const outcomes = new Map();
  for (const group of groupsOf(path, manifest)) {
    for (const [key, outcome] of resolveGroup(device, group, t)) {
      outcomes.set(key, outcome);
    }
  }
  const content = objectOf(outcomes, (key, { winner, value }) => winner && [key, value]);
  const values = {
    ...content,
    ...objectOf(outcomes, (key, { setting, value }) => setting && [key, value]),
  };
  return {
    values,
    content,
    explanations: objectOf(outcomes, (key, outcome) =>
      outcome.candidates.length > 0 ? [key, explain(key, outcome)] : null,
    ),
    violations: violations(device, outcomes, values, content),
  };
}

function objectOf(outcomes, member) {
  return Object.fromEntries(
    [...outcomes].map(([key, outcome]) => member(key, outcome)).filter((each) => each),
  );
}

/**
 * Which settings are resolved together: those of an atomic group; any other is a group of one, as an
 * unknown key is, which has no declaration.
 */
function groupsOf(path, manifest) {
  const groups = new Map();
  for (const setting of manifest.settings) {
    const name = canonical(setting.atomic === undefined ? [setting.key] : setting.atomic);
    groups.set(name, [...(groups.get(name) ?? []), [setting.key, setting]]);
  }
  const declared = new Set(manifest.settings.map((setting) => setting.key));
  const set = new Set(path.flatMap((profile) => Object.keys(profile.entries)));
  const unknown = [...set].filter((key) => !declared.has(key)).map((key) => [[key, undefined]]);
  return [...groups.values(), ...unknown].map((members) => new Map(members));
}

/** For each key of the group its outcome: the candidates, which of them won or were merged, the value. */
function resolveGroup(device, group, t) {
  const offers = device.path
    .map((profile) => offerOf(device, group, profile, t))
    .filter((offer) => offer.candidates.size > 0);
  const accepted = walkLocks(group, offers).sort((a, b) => a.place - b.place);
  const winningOffer = accepted.at(-1);

  return [...group].map(([key, setting]) => {
    const candidates = offers.map((offer) => offer.candidates.get(key)).filter((each) => each);
    const standing = accepted.map((offer) => offer.candidates.get(key)).filter((each) => each);
    const outcome = { setting, candidates, winningOffer, merged: [] };
    return [key, Object.assign(outcome, combine(device, outcome, standing))];
  });
}

/** Everything that one profile says of the keys of a group (7.1). */
function offerOf(device, group, profile, t) {
  const candidates = new Map();
  for (const [key, setting] of group) {
    if (Object.hasOwn(profile.entries, key)) {
      candidates.set(key, candidateOf(device, key, setting, profile, t));
    }
  }
  const isLock = [...candidates.values()].some((candidate) => candidate.isLock);
  return { ...profile, candidates, isLock };
}

// 3 Entries

/** An entry on the path. `reason` is there once it has lost, with `code` if it is invalid. */
function candidateOf({ manifest, facts, language }, key, setting, profile, t) {
  const entry = profile.entries[key];
  const candidate = {
    key,
    entry,
    remove: entry.remove ?? [],
    binding: entry.binding ?? 'recommended',
    isLock: (entry.binding ?? 'recommended') !== 'recommended',
    profile,
    value: entry.value,
  };
  Object.assign(candidate, offeredBy(entry, facts, language, t));
  if (candidate.reason === undefined && setting !== undefined) {
    markInvalid(candidate, entryProblem(setting, candidate, manifest.limits?.value));
  }
  return candidate;
}

/** What the entry offers at `t`, or why it does not hold (3.2 to 3.4). */
function offeredBy(entry, facts, language, t) {
  if (entry.from !== undefined && t < Date.parse(entry.from)) {
    return { reason: 'not-yet' };
  }
  const isOver = entry.until !== undefined && Date.parse(entry.until) <= t;
  if (isOver && entry.then === undefined) {
    return { reason: 'expired' };
  }
  if (entry.when !== undefined) {
    const answer = language.matches(entry.when, facts);
    if (answer !== true) {
      return { reason: 'condition', isBadRule: answer === null };
    }
  }
  if (isOver) {
    return { value: entry.then };
  }
  const { seed, by, arms } = entry.variants ?? {};
  const unit = by !== undefined && Object.hasOwn(facts, by) ? facts[by] : '';
  if (typeof unit !== 'string' || unit === '') {
    return { value: entry.value };
  }
  const arm = language.pickArm(seed, unit, arms);
  return { value: arm.value, variant: arm.name };
}

/** The code of the first rule that an entry which holds breaks (3.5), or null. */
function entryProblem(setting, { value, remove, binding }, limit) {
  return (
    pieceProblem(setting, value) ??
    (remove.every((element) => canRemove(setting, element)) ? null : 'bad-remove') ??
    (canBind(setting, binding, value) ? null : 'bad-binding') ??
    sizeProblem(value, limit)
  );
}

function pieceProblem(setting, value) {
  if (!settings.STRUCTURAL.includes(settings.mergeOf(setting))) {
    return settings.valueProblem(setting, value);
  }
  const type = settings.mergesLists(setting) ? 'list' : 'object';
  return settings.isOfType({ type }, value) ? null : 'wrong-type';
}

function canRemove(setting, element) {
  if (settings.mergesObjects(setting)) {
    const steps = pointerSteps(element);
    return steps !== null && (settings.mergeOf(setting) !== 'hash' || steps.length === 1);
  }
  return settings.mergesLists(setting);
}

function canBind(setting, binding, value) {
  if (binding === 'narrow-only') {
    return settings.stricterOf(setting) !== undefined;
  }
  if (typeof binding === 'string') {
    return true;
  }
  const { min, max, choices } = binding;
  const bounds = [min, max, ...(choices ?? [])].filter((bound) => bound !== undefined);
  const hasKind =
    choices === undefined
      ? settings.isOrdered(setting)
      : !['object', 'list'].includes(setting.type);
  return (
    hasKind &&
    bounds.every((bound) => settings.isOfType(setting, bound)) &&
    (min === undefined || max === undefined || settings.compare(setting, min, max) <= 0) &&
    isInBounds(setting, binding, value)
  );
}

function isInBounds(setting, binding, value) {
  if (value === null) {
    return false;
  }
  return binding.choices === undefined
    ? settings.isWithin(setting, binding, value)
    : settings.isAmong(setting, binding.choices, value);
}

function sizeProblem(value, limit) {
  return limit !== undefined && sizeOf(value) > limit ? 'too-large' : null;
}

function markInvalid(candidate, code) {
  if (code !== null) {
    Object.assign(candidate, { reason: 'invalid', code });
  }
}

// 5 Locks

/** The accepted offers; entries of the others get the reason why they lost. */
function walkLocks(group, offers) {
  const inForce = [];
  const accepted = [];
  for (const offer of [...offers].sort(inLockOrder)) {
    for (const [key, candidate] of offer.candidates) {
      if (candidate.reason === undefined) {
        Object.assign(candidate, refusal(inForce, group.get(key), candidate));
      }
    }
    if (stands(group, offer, inForce)) {
      accepted.push(offer);
      inForce.push(...[...offer.candidates.values()].filter((candidate) => candidate.isLock));
    }
  }
  for (const offer of offers.filter((each) => !accepted.includes(each))) {
    for (const candidate of offer.candidates.values()) {
      candidate.reason ??= 'group';
    }
  }
  return accepted;
}

/** 5.2 */
function inLockOrder(a, b) {
  return (
    a.level - b.level ||
    Number(b.isLock) - Number(a.isLock) ||
    b.priority - a.priority ||
    byText(a.scope, b.scope)
  );
}

/** 7.2; of a group of one no key is unset. */
function stands(group, offer, inForce) {
  return [...group].every(([key, setting]) => {
    const candidate = offer.candidates.get(key);
    return candidate === undefined
      ? refusal(inForce, setting, { key, value: setting.default, remove: [] }) === null
      : candidate.reason === undefined;
  });
}

/** 5.4: the reason and the lock of the first in force that refuses, or null. */
function refusal(inForce, setting, { key, value, remove }) {
  for (const lock of inForce.filter((each) => each.key === key)) {
    const reason = refusalBy(lock, setting, value, remove);
    if (reason !== null) {
      return { reason, by: lock.profile.scope };
    }
  }
  return null;
}

function refusalBy(lock, setting, value, remove) {
  if (lock.binding === 'mandatory') {
    return 'locked';
  }
  if (setting === undefined) {
    return null; // 4.1: of an unknown key nothing else binds
  }
  if (lock.binding === 'narrow-only') {
    return settings.isLooser(setting, value, remove, lock.value) ? 'looser' : null;
  }
  return isInBounds(setting, lock.binding, value) ? null : 'out-of-bounds';
}

// 6 Merge

/** The value and the winner; the accepted entries that stand in `standing`, widest first, get marks. */
function combine(device, outcome, standing) {
  const { setting, winningOffer } = outcome;
  const merge = settings.mergeOf(setting);
  if (settings.STRUCTURAL.includes(merge)) {
    return mergeAll(device, setting, standing);
  }
  const byDefault = { value: setting === undefined ? null : setting.default, winner: undefined };
  if (merge !== 'first') {
    const winner = strictest(setting, standing);
    lose(standing, winner, () => ({ reason: 'stricter', by: winner.profile.scope }));
    return winner === undefined ? byDefault : { value: winner.value, winner };
  }
  const winner = standing.find((candidate) => candidate.profile.place === winningOffer.place);
  lose(standing, winner, (candidate) => ({
    reason:
      winner === undefined
        ? 'group' // 7.4: the winning offer does not set this key
        : candidate.profile.level === winningOffer.level
          ? 'priority'
          : 'overridden',
    by: winningOffer.scope,
  }));
  for (const candidate of outcome.candidates) {
    if (candidate.reason === 'group' && winningOffer !== undefined) {
      candidate.by = winningOffer.scope;
    }
  }
  return winner === undefined ? byDefault : { value: winner.value, winner };
}

function lose(standing, winner, marks) {
  for (const candidate of standing.filter((each) => each !== winner)) {
    Object.assign(candidate, marks(candidate));
  }
}

/** 6.3 */
function strictest(setting, standing) {
  const sign = ['min', 'and'].includes(settings.mergeOf(setting)) ? 1 : -1;
  return standing.reduce(
    (best, candidate) =>
      best !== undefined && sign * settings.compare(setting, candidate.value, best.value) > 0
        ? best
        : candidate,
    undefined,
  );
}

/** 6.4 */
function mergeAll({ manifest }, setting, standing) {
  let value = setting.default;
  const merged = [];
  for (const candidate of standing) {
    const next = mergePiece(setting, value, candidate.remove, candidate.value);
    const code =
      settings.valueProblem(setting, next) ?? sizeProblem(next, manifest.limits?.value);
    markInvalid(candidate, code);
    if (code === null) {
      value = next;
      merged.unshift(candidate);
    }
  }
  const [winner, ...others] = merged;
  return { value, winner, merged: others };
}

// 8 Explanation

function explain(key, { value, winner, merged, candidates }) {
  const losers = candidates.filter((each) => each !== winner && !merged.includes(each)).reverse();
  return {
    key,
    value,
    winner: winner === undefined ? null : shown(winner),
    merged: merged.map(shown),
    losers: losers.map((candidate) =>
      present({ ...shown(candidate), reason: candidate.reason, by: candidate.by }),
    ),
  };
}

function shown({ profile, value, entry, variant }) {
  return present({
    scope: profile.scope,
    value,
    revision: entry.revision,
    author: entry.author,
    until: entry.until,
    variant,
  });
}

// 9 and 10: violations, invariants, limits

function violations({ path, manifest, language }, outcomes, values, content) {
  const { invariants = [], limits = {} } = manifest;
  const found = [];
  const report = (rule, setting, scope) => found.push({ rule, setting, scope });

  for (const [key, outcome] of outcomes) {
    for (const candidate of outcome.candidates) {
      if (candidate.isBadRule) {
        report('bad-rule', key, candidate.profile.scope);
      } else if (isReported(outcome, candidate)) {
        report(candidate.code ?? candidate.reason, key, candidate.profile.scope);
      }
    }
  }
  for (const { name, values: aliases, rule } of invariants) {
    const resolved = Object.entries(aliases).map(([alias, key]) => [alias, values[key] ?? null]);
    const answer = language.matches(rule, Object.fromEntries(resolved));
    if (answer !== true) {
      report(answer === null ? 'bad-rule' : 'invariant', name, '');
    }
  }
  for (const { scope, entries } of path) {
    const sizes = Object.entries(entries).map(([key, { value }]) => sizeOf(key) + sizeOf(value));
    if (isPassed(limits.profile, sizes)) {
      report('too-large', '', scope);
    }
  }
  const sizes = Object.entries(content).map(([key, value]) => sizeOf(key) + sizeOf(value));
  if (isPassed(limits.config, sizes)) {
    report('too-large', '', '');
  }
  return found.sort(
    (a, b) => byText(a.setting, b.setting) || byText(a.scope, b.scope) || byText(a.rule, b.rule),
  );
}

/** 9.1: not where something accepted stands nearer, so that the entry would not count anyway. */
function isReported({ setting, winningOffer }, { reason, profile }) {
  return (
    ['invalid', 'locked', 'out-of-bounds', 'looser'].includes(reason) &&
    (settings.mergeOf(setting) !== 'first' ||
      winningOffer === undefined ||
      winningOffer.place < profile.place)
  );
}

function isPassed(limit, sizes) {
  return limit !== undefined && sizes.reduce((sum, size) => sum + size, 0) > limit;
}

// 12 The next change

function nextChange(device, t, now) {
  const entries = device.path.flatMap((profile) => Object.values(profile.entries));
  const instants = entries
    .flatMap(({ from, until }) => [from, until])
    .filter((instant) => instant !== undefined)
    .map((instant) => Date.parse(instant))
    .filter((instant) => instant > t)
    .sort((a, b) => a - b);
  const what = ({ values, content }) => canonical([values, Object.keys(content).sort()]);
  const next = instants.find((instant) => what(resolveAt(device, instant)) !== what(now));
  return next === undefined ? null : instantOf(next);
}

/** With three digits of fraction, or none. */
export function instantOf(milliseconds) {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}
