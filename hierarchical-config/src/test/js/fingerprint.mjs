// The fingerprint of a content (11.1): a tree of hashes, so that two sides find what differs.

import { createHash } from 'node:crypto';
import { canonical } from './json.mjs';

const DIGITS = [...'0123456789abcdef'];
const [LEAF, BUCKET, NODE, ROOT] = [0, 1, 2, 3]; // each kind of hash begins with another byte

/** Lower-case hex of the root. */
export function fingerprint(content) {
  const buckets = new Map();
  for (const key of Object.keys(content).sort()) {
    const bucket = sha256(key).subarray(0, 1).toString('hex');
    const leaf = sha256(Uint8Array.of(LEAF), canonical([key, content[key]]));
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), leaf]);
  }
  const nodes = DIGITS.map((high) => {
    const hashes = DIGITS.map((low) =>
      sha256(Uint8Array.of(BUCKET), ...(buckets.get(high + low) ?? [])),
    );
    return sha256(Uint8Array.of(NODE), ...hashes);
  });
  return sha256(Uint8Array.of(ROOT), ...nodes).toString('hex');
}

/** Of the parts one after the other; text as UTF-8. */
function sha256(...parts) {
  return parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
}
