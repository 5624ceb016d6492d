// Section 7 of SPEC.md, for the second implementation of resolution in hierarchical-config/src/test/js: its two parameters,
// `matches` and `pickArm`. Of the operators of section 3 it has those that conditions mostly have.

import { Buffer } from 'node:buffer';

class CannotEvaluate extends Error {}

/** Whether `rule` matches the facts: true or false, or null if it cannot be evaluated (7.1, 7.2). */
export function matches(rule, facts) {
  try {
    check(rule);
    return isTrue(evaluate(rule, facts));
  } catch (e) {
    if (e instanceof CannotEvaluate) {
      return null;
    }
    throw e;
  }
}

/** The arm that the unit falls into (7.3). */
export function pickArm(seed, unit, arms) {
  return arms[bucket(seed, unit, arms.map(({ weight }) => weight))];
}

/** Index of the weight that the unit falls to (7.3). */
export function bucket(seed, unit, weights) {
  return draw(seed + unit, weights);
}

function draw(key, weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const point = Number((BigInt(murmur3(Buffer.from(key, 'utf8'))) * BigInt(total)) >> 32n);
  let end = 0;
  return weights.findIndex((weight) => point < (end += weight));
}

/** MurmurHash3 x86 32 with seed 0, unsigned. */
export function murmur3(bytes) {
  const rotated = (x, by) => (x << by) | (x >>> (32 - by));
  const scrambled = (k) => Math.imul(rotated(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  let h = 0;
  const whole = bytes.length - (bytes.length % 4);
  for (let i = 0; i < whole; i += 4) {
    h = (Math.imul(rotated(h ^ scrambled(bytes.readInt32LE(i)), 13), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let i = bytes.length - 1; i >= whole; i--) {
    rest = (rest << 8) | bytes[i];
  }
  h ^= whole < bytes.length ? scrambled(rest) : 0;
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTrue = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
const refersTo = (value) => typeof value === 'object' && value !== null;

/** By operator: the fewest and most operands, and what it makes of their values. */
const OPERATORS = {
  '==': [2, 2, (a, b) => !(refersTo(a) && refersTo(b)) && a == b],
  '!=': [2, 2, (a, b) => (refersTo(a) && refersTo(b)) || a != b],
  '===': [2, 2, (a, b) => !refersTo(a) && a === b],
  '<': [2, 2, (a, b) => a < b],
  '<=': [2, 2, (a, b) => a <= b],
  '>': [2, 2, (a, b) => a > b],
  '>=': [2, 2, (a, b) => a >= b],
  '!': [0, 1, (a) => !isTrue(a)],
  in: [2, 2, isIn],
  cat: [0, Infinity, (...parts) => parts.join('')],
  starts_with: [2, 2, (a, b) => (areTexts(a, b) ? a.startsWith(b) : null)],
  ends_with: [2, 2, (a, b) => (areTexts(a, b) ? a.endsWith(b) : null)],
  fractional: [1, Infinity, fractional],
  missing_some: [2, 2, null],
  var: [0, 2, null],
  and: [1, Infinity, null],
  or: [1, Infinity, null],
  if: [0, Infinity, null],
};

const areTexts = (a, b) => typeof a === 'string' && typeof b === 'string';

function isIn(part, whole) {
  if (typeof whole === 'string') {
    return whole !== '' && whole.includes(String(part));
  }
  return Array.isArray(whole) && whole.some((element) => !refersTo(element) && element === part);
}

const operandsOf = (rule, name) => (Array.isArray(rule[name]) ? rule[name] : [rule[name]]);

/** A rule is as a whole right or wrong, also in a place that would not decide anything. */
function check(rule) {
  if (Array.isArray(rule)) {
    rule.forEach(check);
  }
  if (!isObject(rule) || Object.keys(rule).length === 0) {
    return;
  }
  const [name, ...others] = Object.keys(rule);
  if (others.length > 0 || !Object.hasOwn(OPERATORS, name)) {
    throw new CannotEvaluate();
  }
  const operands = operandsOf(rule, name);
  const [fewest, most] = OPERATORS[name];
  const path = String(operands[0]);
  if (
    operands.length < fewest ||
    operands.length > most ||
    (name === 'fractional' && Array.isArray(operands[0])) ||
    (name === 'var' && (path === '$flagd' || path.startsWith('$flagd.')))
  ) {
    throw new CannotEvaluate();
  }
  operands.forEach(check);
}

function evaluate(rule, facts) {
  if (Array.isArray(rule)) {
    return rule.map((element) => evaluate(element, facts));
  }
  if (!isObject(rule) || Object.keys(rule).length === 0) {
    return rule;
  }
  const [name] = Object.keys(rule);
  const operands = operandsOf(rule, name);
  switch (name) {
    case 'var':
      return variable(operands, facts);
    case 'and':
    case 'or': {
      let last = null;
      for (const operand of operands) {
        last = evaluate(operand, facts);
        if (isTrue(last) === (name === 'or')) {
          break;
        }
      }
      return last;
    }
    case 'if': {
      let i = 0;
      while (i + 1 < operands.length && !isTrue(evaluate(operands[i], facts))) {
        i += 2;
      }
      i += i + 1 < operands.length ? 1 : 0;
      return i < operands.length ? evaluate(operands[i], facts) : null;
    }
    case 'missing_some': {
      const [needed, paths] = operands.map((operand) => evaluate(operand, facts));
      if (!Array.isArray(paths)) {
        throw new CannotEvaluate();
      }
      const missing = paths.filter((path) => [null, ''].includes(variable([path], facts)));
      return paths.length - missing.length >= needed ? [] : missing;
    }
    default:
      return OPERATORS[name][2](...operands.map((operand) => evaluate(operand, facts)));
  }
}

function variable([path, otherwise], facts) {
  if (path === undefined || path === null || path === '') {
    return facts;
  }
  if (path === 'targetingKey') { // the context's, which is a text or is not there
    return typeof facts[path] === 'string' ? facts[path] : evaluate(otherwise ?? null, facts);
  }
  let found = facts;
  for (const name of String(path).split('.')) {
    const has = found !== null && found !== undefined && Object.hasOwn(Object(found), name);
    if (!has) {
      return evaluate(otherwise ?? null, facts);
    }
    found = found[name];
  }
  return found;
}

function fractional(key, ...shares) {
  if (typeof key !== 'string') {
    return null;
  }
  const drawn = draw(key, shares.map(([, weight]) => weight ?? 1));
  return shares[drawn]?.[0] ?? null;
}
