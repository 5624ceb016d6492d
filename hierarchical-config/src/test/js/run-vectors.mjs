// Runs the vectors: `node run-vectors.mjs [folder]`. Exit code 1, and a line for each difference, if
// any case does not come out as it must.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as deltas from './delta.mjs';
import { fingerprint } from './fingerprint.mjs';
import { canonical, isObject, same } from './json.mjs';
import { plan } from './plan.mjs';
import { replay } from './replay.mjs';
import { resolve } from './resolve.mjs';

const FOLDER = new URL('../resources/dev/chasqui/hierarchicalconfig/vectors/', import.meta.url);

/** Each file of vectors that this implementation knows, with what it makes of one case. */
const KNOWN = {
  'resolution.json': resolve,
  'fingerprint.json': ({ content }) => ({ fingerprint: fingerprint(content) }),
  'delta.json': runDelta,
  'plan.json': plan,
  'replay.json': replay,
};

const folder = process.argv[2] ?? fileURLToPath(FOLDER);
let failed = 0;
for (const [file, run] of Object.entries(KNOWN)) {
  const cases = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
  const names = cases.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (cases.length === 0 || twice.length > 0) {
    failed++;
    console.log(`${file}: no cases, or two of one name: ${twice.join(', ')}`);
  }
  for (const { name, rules, expect, ...input } of cases) {
    const differences = [...compare(expect, outcomeOf(run, input), 'expect')];
    failed += differences.length === 0 ? 0 : 1;
    for (const difference of differences) {
      console.log(`${file}: "${name}" (rules ${rules.join(', ')}): ${difference}`);
    }
  }
  console.log(`${file}: ${cases.length} cases`);
}
process.exitCode = failed === 0 ? 0 : 1;

function runDelta({ from, to, delta }) {
  if (delta !== undefined) {
    const applied = deltas.apply(delta, from);
    return applied === null ? { refused: true } : { to: applied };
  }
  const made = deltas.between(from, to);
  made.operations?.sort((a, b) => (a.path < b.path ? -1 : 1)); // the vectors' order; any is right
  const applied = deltas.apply(made, from);
  return same(applied, to) ? { delta: made } : { delta: made, applied };
}

function outcomeOf(run, input) {
  try {
    return run(input);
  } catch (e) {
    return { error: e.stack };
  }
}

/** The places, as deep inside as there are members to name, where two values differ. */
function* compare(expected, actual, place) {
  if (isObject(expected) && isObject(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const name of names) {
      const [left, right] = [expected, actual].map((object) =>
        Object.hasOwn(object, name) ? object[name] : undefined,
      );
      yield* compare(left, right, `${place}.${name}`);
    }
  } else if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
      yield* compare(expected[i], actual[i], `${place}[${i}]`);
    }
  } else if (expected === undefined || actual === undefined || !same(expected, actual)) {
    yield `${place} must be ${shown(expected)}, was ${shown(actual)}`;
  }
}

function shown(value) {
  return value === undefined ? 'absent' : canonical(value);
}
