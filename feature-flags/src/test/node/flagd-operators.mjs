// flagd's operators for json-logic-js, which has none: written from SPEC.md, 4, and flagd's documentation.

import MurmurHash3 from 'imurmurhash';
import semver from 'semver';

const GREATEST_SUM = 2147483647;

/** MurmurHash3 x86 32 of bytes. imurmurhash, which flagd-core uses, takes 16 bits of a text at a time for a byte. */
function murmur3(bytes) {
  let h = 0;
  const mix = (k) => Math.imul((Math.imul(k, 0xcc9e2d51) << 15) | (Math.imul(k, 0xcc9e2d51) >>> 17), 0x1b873593);
  const whole = bytes.length - (bytes.length % 4);
  for (let i = 0; i < whole; i += 4) {
    h ^= mix(bytes.readInt32LE(i));
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  let k = 0;
  for (let i = bytes.length - 1; i >= whole; i--) {
    k = (k << 8) | bytes[i];
  }
  h ^= mix(k) ^ bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A text in UTF-8; half of a surrogate pair is a question mark. */
function utf8(text) {
  return Buffer.from(text.replace(/\p{Surrogate}/gu, '?'), 'utf8');
}

function head(major, n) {
  const value = BigInt(n);
  if (value < 24n) {
    return Buffer.from([(major << 5) | Number(value)]);
  }
  const size = value < 1n << 8n ? 0 : value < 1n << 16n ? 1 : value < 1n << 32n ? 2 : 3;
  const bytes = Buffer.alloc(1 + (1 << size));
  bytes[0] = (major << 5) | (24 + size);
  for (let i = bytes.length - 1, rest = value; i > 0; i--, rest >>= 8n) {
    bytes[i] = Number(rest & 255n);
  }
  return bytes;
}

/** The half that is this number, or null. */
function half(number) {
  for (let bits = 0; bits < 0x8000; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const value = exponent === 0 ? fraction * 2 ** -24
      : exponent === 31 ? (fraction === 0 ? Infinity : NaN) : (1 + fraction / 1024) * 2 ** (exponent - 15);
    if (Object.is(value, Math.abs(number))) {
      return bits | (number < 0 ? 0x8000 : 0);
    }
  }
  return null;
}

/** Deterministic CBOR (RFC 8949, 4.2.1) of a JSON value. */
export function cbor(value) {
  if (value === null || value === undefined) {
    return Buffer.from([0xf6]);
  }
  if (typeof value === 'boolean') {
    return Buffer.from([value ? 0xf5 : 0xf4]);
  }
  if (typeof value === 'string') {
    const bytes = utf8(value);
    return Buffer.concat([head(3, bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64) {
      return value < 0 ? head(1, -1n - BigInt(value)) : head(0, BigInt(value));
    }
    if (Number.isNaN(value)) {
      return Buffer.from([0xf9, 0x7e, 0]);
    }
    const short = Number.isFinite(value) && Math.fround(value) !== value ? null : half(value);
    const bytes = Buffer.alloc(short !== null ? 3 : Math.fround(value) === value ? 5 : 9);
    if (short !== null) {
      bytes[0] = 0xf9;
      bytes.writeUInt16BE(short, 1);
    } else if (bytes.length === 5) {
      bytes[0] = 0xfa;
      bytes.writeFloatBE(value, 1);
    } else {
      bytes[0] = 0xfb;
      bytes.writeDoubleBE(value, 1);
    }
    return bytes;
  }
  if (Array.isArray(value)) {
    return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  }
  const members = Object.keys(value).map((name) => [cbor(name), cbor(value[name])]);
  members.sort((one, other) => Buffer.compare(one[0], other[0]));
  return Buffer.concat([head(5, members.length), ...members.flat()]);
}

/** The shares of `fractional`; null if it has none. */
function split(entries) {
  let total = 0;
  const shares = [];
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length === 0 || entry.length > 2) {
      return null;
    }
    const [variant = null, weight = 1] = entry;
    if (variant !== null && typeof variant === 'object') {
      return null;
    }
    if (entry.length === 2 && !Number.isInteger(entry[1])) {
      return null;
    }
    shares.push({ variant, weight: Math.max(0, weight) });
    total += Math.max(0, weight);
  }
  return total > GREATEST_SUM || total === 0 ? null : { shares, total };
}

function draw(revision, hash, { shares, total }) {
  if (revision === 'v1') {
    const bucket = Math.abs(hash | 0) / 2147483647 * 100;
    let end = 0;
    for (const { variant, weight } of shares) {
      end += 100 * weight / total;
      if (bucket < end) {
        return variant;
      }
    }
    return null;
  }
  const bucket = Number((BigInt(hash) * BigInt(total)) >> 32n);
  let end = 0;
  for (const { variant, weight } of shares) {
    end += weight;
    if (bucket < end) {
      return variant;
    }
  }
  return null;
}

function fractional(revision, seed, targetingKey, values, onKey) {
  const keyed = revision === 'v3' ? !Array.isArray(values[0]) : typeof values[0] === 'string';
  let key;
  if (keyed) {
    key = values[0] ?? null;
    if (key === null) {
      return null;
    }
  } else {
    if (!targetingKey) {
      return null;
    }
    key = revision === 'v3' ? [seed, targetingKey] : seed + targetingKey;
  }
  const shares = split(keyed ? values.slice(1) : values);
  if (shares === null) {
    return null;
  }
  onKey(key);
  const hash = revision === 'v3' ? murmur3(cbor(key))
    : /^[\0-\x7f]*$/.test(key) ? new MurmurHash3(key).result() : murmur3(utf8(key));
  return draw(revision, hash, shares);
}

function version(raw) {
  const text = String(raw).replace(/^[vV]/, '');
  return semver.parse(text) ?? (/^\d+(\.\d+)?$/.test(text) ? semver.coerce(text) : null);
}

function semVer(values) {
  if (values.length !== 3) {
    return null;
  }
  const [one, other] = [version(values[0]), version(values[2])];
  if (!one || !other) {
    return null;
  }
  const order = semver.compare(one, other);
  switch (String(values[1])) {
    case '=': return order === 0;
    case '!=': return order !== 0;
    case '<': return order < 0;
    case '<=': return order <= 0;
    case '>': return order > 0;
    case '>=': return order >= 0;
    case '^': return one.major === other.major;
    case '~': return one.major === other.major && one.minor === other.minor;
    default: return null;
  }
}

function texts(values, test) {
  return values.length === 2 && values.every((value) => typeof value === 'string') ? test(...values) : null;
}

/** The operators, by name, of a flag that is evaluated for a targeting key. `onKey` is told what is hashed. */
export function flagdOperators({ bucketing = 'v2', seed, targetingKey, onKey = () => {} }) {
  return {
    starts_with: (...values) => texts(values, (text, part) => text.startsWith(part)),
    ends_with: (...values) => texts(values, (text, part) => text.endsWith(part)),
    sem_ver: (...values) => semVer(values),
    fractional: (...values) => fractional(bucketing, seed, targetingKey, values, onKey),
  };
}
