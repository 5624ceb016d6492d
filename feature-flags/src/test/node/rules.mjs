// JsonLogic's reference implementation with flagd's operators. It also tells which of the things that it came across are taken
// otherwise by flagd-core 4, or rather by json-logic-engine 5 in it: their names are those of SPEC.md, 7.

import { createRequire } from 'node:module';
import { flagdOperators } from './flagd-operators.mjs';

const require = createRequire(import.meta.url);
const fresh = () => {
  delete require.cache[require.resolve('json-logic-js')];
  return require('json-logic-js');
};
const watched = fresh();
const plain = fresh(); // applies one operator to values that are known

const FLAGD = ['starts_with', 'ends_with', 'sem_ver', 'fractional'];
const ORDER = ['<', '<=', '>', '>='];
const COMPARISONS = ['==', '!=', ...ORDER];
const ARITHMETIC = ['+', '-', '*', '/', '%'];
const ITERATIONS = ['map', 'filter', 'reduce', 'all', 'none', 'some'];
const LAZY = ['if', '?:', 'and', 'or', ...ITERATIONS];
const READING = ['var', 'missing', 'missing_some'];

let touched = new Set();
let operators = {};

const isObject = (value) => value !== null && typeof value === 'object';
const isNested = (value) => isObject(value) && Object.values(value).some(isObject);
const isText = (value) => typeof value === 'string';
const isNumber = (value) => typeof value === 'number' && !Number.isNaN(value);
const operatorOf = (rule) => Object.keys(rule)[0];
const operandsOf = (rule) => {
  const operands = rule[operatorOf(rule)];
  return Array.isArray(operands) ? operands : [operands];
};

function comparable(one, other) {
  return (isNumber(one) && isNumber(other))
    || (typeof one === 'boolean' && typeof other === 'boolean')
    || (one === null && other === null)
    || ((isText(one) || one === null) && (isText(other) || other === null));
}

/** json-logic-engine throws where an operand is no number, and has a null equal 0. */
function lookAtComparison(data, values) {
  if (values.length === 3 ? !values.every(isNumber) : !comparable(...values)) {
    touched.add('comparison');
  }
}

/** In JavaScript an array is equal to itself, where both operands come from the same place. */
function lookAtIdentity([one, other]) {
  if (isObject(one) && one === other) {
    touched.add('identity');
  }
}

function lookAtPath(path) {
  if (path === 0 || path === false) {
    touched.add('path');
  }
  if (isText(path) && (path.includes('\\') || path.startsWith('../') || /^\.+$/.test(path))) {
    touched.add('path');
  }
}

function find(data, path) {
  return path.split('.').reduce((found, name) => (found === null || found === undefined ? undefined : found[name]), data);
}

function lookAtVariable(data, [path, otherwise]) {
  lookAtPath(path);
  if (path !== null && path !== undefined && path !== '') {
    const names = String(path).split('.');
    if (names.some((name, i) => i > 0 && ['', 0, false].includes(find(data, names.slice(0, i).join('.'))))) {
      touched.add('path');
    }
    const found = find(data, String(path));
    if (found === null && otherwise !== undefined && otherwise !== null) {
      touched.add('default-for-null');
    }
    if (typeof found === 'function') {
      touched.add('prototype');
    }
  }
}

function lookAtMissing(data, values) {
  if (Array.isArray(values[0])) {
    touched.add('missing');
  }
  lookAtPaths(data, Array.isArray(values[0]) ? values[0] : values);
}

function lookAtPaths(data, paths) {
  for (const path of paths) {
    if (isObject(path)) {
      touched.add('path-no-text');
    }
    lookAtPath(path);
    const value = isText(path) && path !== '' ? find(data, path) : null;
    if (value === null || value === '') {
      touched.add('missing');
    }
  }
}

const LOOKS = {
  in: (data, [part, whole]) => {
    if (whole && !isText(whole) && !Array.isArray(whole)) {
      touched.add('in');
    }
    if (Array.isArray(whole) && (Number.isNaN(part) || (isObject(part) && whole.includes(part)))) {
      touched.add(isObject(part) ? 'identity' : 'in');
    }
  },
  min: (data, values) => (values.length > 0 && values.every(isNumber) ? null : touched.add('arithmetic')),
  cat: (data, values) => (values.some((value) => value === null || value === undefined) ? touched.add('cat') : null),
  sem_ver: (data, [one, operator, other]) => {
    if ([one, other].some((value) => /\d{17}/.test(String(value)))) {
      touched.add('sem-ver');
    }
  },
  substr: (data, [text]) => (isText(text) ? null : touched.add('substr')),
  var: lookAtVariable,
  missing: lookAtMissing,
  missing_some: (data, [need, paths]) => {
    if (!Array.isArray(paths)) {
      touched.add('no-array');
      return;
    }
    if (!Number.isInteger(need)) {
      touched.add('missing');
    }
    lookAtPaths(data, paths);
  },
};
LOOKS.max = LOOKS.min;
for (const name of COMPARISONS) {
  LOOKS[name] = lookAtComparison;
}
for (const name of ARITHMETIC) {
  LOOKS[name] = (data, values) => (values.every((value) => typeof value === 'number') ? null : touched.add('arithmetic'));
}

const plainTruthy = watched.truthy;
watched.truthy = (value) => {
  if (isObject(value) && !Array.isArray(value) && Object.keys(value).length === 0) {
    touched.add('empty-object');
  }
  return plainTruthy(value);
};

const own = watched.apply;
watched.apply = (rule, data) => {
  if (isObject(data) && Object.hasOwn(data, 'accumulator') && isNested(data.accumulator)) {
    touched.add('reduce');
  }
  if (!watched.is_logic(rule)) {
    return own(rule, data);
  }
  const operator = operatorOf(rule);
  if (LAZY.includes(operator)) {
    lookAtLazy(operator, rule, data);
    const value = own(rule, data);
    if (operator === 'reduce' && (!startsWithNumber(rule, data) || isNested(value))) {
      touched.add('reduce');
    }
    return value === undefined ? null : value;
  }
  const values = operandsOf(rule).map((operand) => watched.apply(operand, data));
  if (!Array.isArray(rule[operator]) && (Array.isArray(values[0]) || operator === '*')) {
    touched.add('unbracketed');
  }
  LOOKS[operator]?.(data, values);
  if (['==', '!=', '===', '!=='].includes(operator)) {
    lookAtIdentity(values);
  }
  if (['!', '!!'].includes(operator)) {
    watched.truthy(values[0]);
  }
  const value = result(operator, values, data, rule);
  if (ARITHMETIC.includes(operator) && !Number.isFinite(value)) {
    touched.add('arithmetic');
  }
  return value === undefined ? null : value;
};

function result(operator, values, data, rule) {
  if (Object.hasOwn(operators, operator)) {
    return operators[operator](...values);
  }
  if (operator === 'log') {
    return values[0];
  }
  // What reads the data is asked anew; its operands are evaluated twice. All others get their values by place.
  return READING.includes(operator)
    ? own(rule, data)
    : plain.apply({ [operator]: values.map((value, i) => ({ var: i })) }, values);
}

/** Its start is a number; or at least it is there where the body is not + or *, which is added up otherwise. */
function startsWithNumber(rule, data) {
  const [, body, start] = operandsOf(rule);
  return start !== undefined
    && (!watched.is_logic(body) || !['+', '*'].includes(operatorOf(body)) || typeof watched.apply(start, data) === 'number');
}

function lookAtLazy(operator, rule, data) {
  if (!Array.isArray(rule[operator])) {
    touched.add('unbracketed');
  }
  if (ITERATIONS.includes(operator)) {
    const array = watched.apply(operandsOf(rule)[0], data);
    if (!Array.isArray(array) && (array || operator === 'all')) {
      touched.add('iteration');
    }
  }
}

/** What a rule is, or the error that it is, and what it came across. */
export function evaluate(rule, attributes, { flagKey, seed, bucketing, now }) {
  touched = new Set();
  const seen = touched;
  const onKey = (key) => {
    if (!/^[\0-\x7f]*$/.test(String(key))) {
      touched.add('key-beyond-ascii');
    }
  };
  operators = flagdOperators({ bucketing, seed, targetingKey: attributes.targetingKey, onKey });
  try {
    const data = Object.defineProperty({ ...attributes }, '$flagd', { value: { flagKey, timestamp: now } }); // hidden
    const value = watched.apply(rule, data);
    return { value, touched: [...seen] };
  } catch (error) {
    return { error: String(error.message ?? error), touched: [...seen] };
  }
}

/** The rule with the rules in it that it refers to, which may refer to others. */
export function replaceReferences(rule, evaluators) {
  if (Array.isArray(rule)) {
    return rule.map((element) => replaceReferences(element, evaluators));
  }
  if (!isObject(rule)) {
    return rule;
  }
  if (Object.keys(rule).length === 1 && Object.hasOwn(rule, '$ref')) {
    return replaceReferences(evaluators[rule.$ref], evaluators);
  }
  return Object.fromEntries(Object.entries(rule).map(([name, value]) => [name, replaceReferences(value, evaluators)]));
}

/** Whether json-logic-engine evaluates it when it is read, since it reads no data. */
function isConstant(rule, bound) {
  if (Array.isArray(rule)) {
    return rule.every((element) => isConstant(element, bound));
  }
  if (!watched.is_logic(rule)) {
    return true;
  }
  const operator = operatorOf(rule);
  if (operator === 'var') {
    return bound;
  }
  if (READING.includes(operator) || FLAGD.includes(operator)) {
    return operator === 'missing' && operandsOf(rule).length === 0;
  }
  const operands = operandsOf(rule);
  return ITERATIONS.includes(operator)
    ? operands.every((operand, i) => isConstant(operand, i === 1 || bound))
    : operands.every((operand) => isConstant(operand, bound));
}

/** Operations that json-logic-engine writes without parentheses, and where in its code that is too few. */
const BARE = ['and', 'or', 'all', 'missing', 'missing_some'];

function isTight(operator, index) {
  return operator === 'cat' || (['in', 'var'].includes(operator) && index === 1)
    || (ITERATIONS.includes(operator) && operator !== 'all' && index === 0);
}

function isPlainVariable(rule) {
  return operatorOf(rule) === 'var' && !operandsOf(rule).some((operand) => isObject(operand));
}

/** What flagd-core takes otherwise when it reads a rule, whether its evaluation comes there or not. */
export function touchedWhenRead(rule) {
  const found = new Set();
  look(rule, false);
  return [...found];

  function look(node, inIteration) {
    if (Array.isArray(node)) {
      node.forEach((element) => look(element, inIteration));
      return;
    }
    if (!watched.is_logic(node)) {
      return;
    }
    const operator = operatorOf(node);
    const operands = operandsOf(node);
    if (inIteration && FLAGD.includes(operator)) {
      found.add('operator-in-iteration');
    }
    operands.forEach((operand, i) => {
      if (watched.is_logic(operand) && BARE.includes(operatorOf(operand)) && isTight(operator, i)) {
        found.add('precedence');
      }
    });
    if (operator === 'log') {
      found.add('log');
    }
    if (COMPARISONS.includes(operator) && watched.is_logic(operands[1]) && !isPlainVariable(operands[1])) {
      found.add('comparison'); // its second operand overwrites what it keeps of the first
    }
    if (ARITHMETIC.includes(operator)) {
      operands.forEach((operand, i) => {
        if (isConstant(operand, false)) {
          const value = constant(operand);
          if (typeof value !== 'number' || (operator === '/' && i > 0 && value === 0)) {
            found.add('arithmetic');
          }
        }
      });
    }
    if (isConstant(node, false)) {
      constant(node);
    }
    operands.forEach((operand, i) => look(operand, inIteration || (ITERATIONS.includes(operator) && i === 1)));
  }

  function constant(node) {
    const { value, touched: seen } = evaluate(node, {}, { flagKey: '', seed: '', now: 0 });
    seen.forEach((name) => found.add(name));
    return value;
  }
}
