// Reads one case of hierarchical-config's resolution a line, and writes a line with what comes out where rules and buckets are
// those of flags.

import { createInterface } from 'node:readline';
import { resolve } from '../../../../hierarchical-config/src/test/js/resolve.mjs';
import * as targeting from './targeting.mjs';

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(resolve(JSON.parse(line), targeting))}\n`);
}
