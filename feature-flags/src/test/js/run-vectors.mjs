// Runs the vectors of section 7: `node run-vectors.mjs file`. Exit code 1, and a line for each difference, if there is any.

import { readFileSync } from 'node:fs';
import { bucket, matches } from './targeting.mjs';

const { buckets, rules } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const { seed, unit, weights, arm } of buckets) {
  expect(bucket(seed, unit, weights), arm, `${seed} ${unit} ${weights}`);
}
for (const { rule, facts, matches: expected } of rules) {
  expect(matches(rule, facts), expected, `${JSON.stringify(rule)} of ${JSON.stringify(facts)}`);
}
console.log(`${buckets.length} buckets, ${rules.length} rules`);

function expect(actual, expected, what) {
  if (actual !== expected) {
    console.log(`${what}: must be ${expected}, was ${actual}`);
    process.exitCode = 1;
  }
}
