// Reads one case of resolution a line, without `expect`, and writes a line with what it must expect.

import { createInterface } from 'node:readline';
import { resolve } from './resolve.mjs';

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(resolve(JSON.parse(line)))}\n`);
}
