// What the vectors put in for the two parameters of resolution: a small JsonLogic, and bucketing.

import { createHash } from 'node:crypto';
import { isIn, isObject, same } from './json.mjs';

class CannotEvaluate extends Error {}

/** Whether `rule` matches the facts: true or false, or null if it cannot be evaluated. */
export function matches(rule, facts) {
  try {
    return evaluate(rule, facts) === true;
  } catch (e) {
    if (e instanceof CannotEvaluate) {
      return null;
    }
    throw e;
  }
}

// All arguments are evaluated before the operator is: a rule is as a whole right, or cannot be
// evaluated, whatever the facts are.
const OPERATORS = {
  '==': [2, same],
  '!=': [2, (a, b) => !same(a, b)],
  '<': [2, (a, b) => areNumbers(a, b) && a < b],
  '<=': [2, (a, b) => areNumbers(a, b) && a <= b],
  '>': [2, (a, b) => areNumbers(a, b) && a > b],
  '>=': [2, (a, b) => areNumbers(a, b) && a >= b],
  and: [Infinity, (...all) => all.every((a) => a === true)],
  or: [Infinity, (...all) => all.some((a) => a === true)],
  '!': [1, (a) => a !== true],
  in: [2, (a, list) => Array.isArray(list) && isIn(list, a)],
  sem_ver: [3, compareVersions],
};

function evaluate(rule, facts) {
  if (Array.isArray(rule)) {
    return rule.map((element) => evaluate(element, facts));
  }
  if (!isObject(rule)) {
    return rule;
  }
  const names = Object.keys(rule);
  const [name] = names;
  if (names.length !== 1) {
    throw new CannotEvaluate();
  }
  if (name === 'var' && typeof rule.var === 'string') {
    return Object.hasOwn(facts, rule.var) ? facts[rule.var] : null;
  }
  const args = rule[name];
  const [count, operator] = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : [];
  if (!Array.isArray(args) || (count !== Infinity && count !== args.length)) {
    throw new CannotEvaluate();
  }
  return operator(...args.map((argument) => evaluate(argument, facts)));
}

const areNumbers = (a, b) => typeof a === 'number' && typeof b === 'number';

const ORDERS = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compareVersions(a, order, b) {
  if (!Object.hasOwn(ORDERS, order)) {
    throw new CannotEvaluate();
  }
  const [left, right] = [versionOf(a), versionOf(b)];
  if (left === null || right === null) {
    return false;
  }
  const at = [0, 1, 2].find((i) => left[i] !== right[i]);
  return ORDERS[order](at === undefined ? 0 : left[at] < right[at] ? -1 : 1);
}

function versionOf(text) {
  const match = typeof text === 'string' ? /^(\d+)\.(\d+)\.(\d+)$/.exec(text) : null;
  return match === null ? null : match.slice(1).map(BigInt);
}

/** The arm that the unit falls into, always the same for the same seed and weights. */
export function pickArm(seed, unit, arms) {
  const hash = createHash('sha256').update(`${seed}/${unit}`, 'utf8').digest().readUInt32BE(0);
  let point = hash % arms.reduce((sum, arm) => sum + arm.weight, 0);
  return arms.find((arm) => (point -= arm.weight) < 0);
}
