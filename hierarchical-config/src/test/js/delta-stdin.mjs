// Reads `{"from", "to", "delta"}` a line, and writes a line with the delta that it makes of the two, and
// with what becomes of `from` by the delta that it was given.

import { createInterface } from 'node:readline';
import { apply, between } from './delta.mjs';

for await (const line of createInterface({ input: process.stdin })) {
  const { from, to, delta } = JSON.parse(line);
  const answer = { delta: between(from, to), applied: apply(delta, from) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
