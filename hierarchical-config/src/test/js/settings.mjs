// Declarations (section 2): which values a setting allows, how they are ordered, which is stricter.

import { isIn, isObject, same } from './json.mjs';

const ORDERED = ['int', 'long', 'double', 'duration'];

const OF_TYPE = {
  int: (value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31,
  // JavaScript knows whole numbers exactly up to 2^53 only.
  long: (value) => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63,
  double: (value) => Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  enum: (value) => typeof value === 'string',
  duration: (value) => nanosOf(value) !== null,
  object: isObject,
  list: (value) => Array.isArray(value) && !value.includes(null),
};

/** How merges combine two lists inside of objects, or whole ones; of `hash` and `deep` they do not. */
export const STRUCTURAL = ['append', 'union', 'hash', 'deep', 'deep-append', 'deep-union'];

export const mergeOf = (setting) => setting?.merge ?? 'first';

/** Whether entries give lists, or objects, that are pieces of the value. */
export const mergesLists = (setting) => ['append', 'union'].includes(mergeOf(setting));
export const mergesObjects = (setting) =>
  STRUCTURAL.includes(mergeOf(setting)) && !mergesLists(setting);

export const isOrdered = (setting) => ORDERED.includes(setting.type);

/** Of the type; an enum's type is its choices (2.2). */
export function isOfType(setting, value) {
  return OF_TYPE[setting.type](value) && (setting.type !== 'enum' || isChoice(setting, value));
}

/** The code of the rule that a value breaks (2.1), or null if it is allowed. */
export function valueProblem(setting, value) {
  if (value === null && setting.nullable) {
    return null;
  }
  if (!OF_TYPE[setting.type](value)) {
    return 'wrong-type';
  }
  if (isOrdered(setting) && !isWithin(setting, setting, value)) {
    return 'out-of-range';
  }
  return setting.choices === undefined || isChoice(setting, value) ? null : 'not-a-choice';
}

function isChoice(setting, value) {
  const choices = (setting.choices ?? []).map((choice) => choice.value);
  return isAmong(setting, choices, value);
}

/** Whether an ordered value keeps `min` and `max` of a declaration or a binding. */
export function isWithin(setting, { min, max }, value) {
  return (
    (min === undefined || compare(setting, value, min) >= 0) &&
    (max === undefined || compare(setting, value, max) <= 0)
  );
}

/** Whether a value is one of `values`; two durations are the same if they are equally long. */
export function isAmong(setting, values, value) {
  return setting.type === 'duration'
    ? values.some((each) => nanosOf(each) === nanosOf(value))
    : isIn(values, value);
}

/** Whether two values of a key are the same under these declarations (13.2); undefined is none. */
export function isSameValue(setting, value, otherSetting, other) {
  if (value === undefined || other === undefined) {
    return value === other;
  }
  const areDurations = [setting, otherSetting].every((each) => each?.type === 'duration');
  return same(value, other) || (areDurations && nanosOf(value) === nanosOf(other));
}

/** Negative, zero or positive; of booleans `false` is lower (2.4). */
export function compare(setting, one, other) {
  const [a, b] = setting.type === 'duration' ? [nanosOf(one), nanosOf(other)] : [one, other];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Which values bind more, declared or following from the merge (2.4), or undefined. */
export function stricterOf(setting) {
  const ofMerge = { min: 'lower', and: 'lower', max: 'higher', or: 'higher' };
  return setting.stricter ?? ofMerge[mergeOf(setting)];
}

/** Whether an entry with `value` and `remove` is less strict than a narrow-only lock (5.4). */
export function isLooser(setting, value, remove, lockValue) {
  if (lockValue === null || value === null) {
    return lockValue !== null;
  }
  switch (stricterOf(setting)) {
    case 'lower':
      return compare(setting, value, lockValue) > 0;
    case 'higher':
      return compare(setting, value, lockValue) < 0;
    case 'fewer':
      return value.some((element) => !isIn(lockValue, element));
    default: // more
      return mergeOf(setting) === 'first'
        ? lockValue.some((element) => !isIn(value, element))
        : lockValue.some((element) => isIn(remove, element));
  }
}

/** The length of an ISO 8601 duration of days, hours, minutes and seconds, or null if it is none. */
function nanosOf(value) {
  const match = typeof value === 'string' ? DURATION.exec(value) : null;
  if (match === null || /[PT]$/i.test(value)) {
    return null;
  }
  const { sign, days, hours, minutes, seconds, fraction = '' } = match.groups;
  const whole =
    BigInt(days ?? 0) * 86400n +
    BigInt(hours ?? 0) * 3600n +
    BigInt(minutes ?? 0) * 60n +
    BigInt(seconds ?? 0);
  const part = BigInt(fraction.padEnd(9, '0')) * (seconds?.startsWith('-') ? -1n : 1n);
  return (sign === '-' ? -1n : 1n) * (whole * 1_000_000_000n + part);
}

const DURATION = new RegExp(
  '^(?<sign>[-+])?P(?:(?<days>[-+]?\\d+)D)?' +
    '(?:T(?:(?<hours>[-+]?\\d+)H)?(?:(?<minutes>[-+]?\\d+)M)?' +
    '(?:(?<seconds>[-+]?\\d+)(?:[.,](?<fraction>\\d{0,9}))?S)?)?$',
  'i',
);
