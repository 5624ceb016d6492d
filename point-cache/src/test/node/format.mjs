// What keys and values of format 1 are, by SPEC.md sections 1 to 3. Nothing here asks anybody.

import { createHash } from 'node:crypto';

const LONGEST_VALUE = 128;

const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');

/** SPEC 1.3. */
export function escape(text) {
  let escaped = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte);
    escaped += byte >= 0x21 && byte <= 0x7e && !'%#:{}'.includes(char)
      ? char
      : '%' + byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return escaped;
}

/** The names of a namespace's keys, SPEC 1.1. */
export class Keys {
  constructor(namespace) {
    if (!/^[a-z0-9_-]{1,64}$/.test(namespace)) {
      throw new TypeError(`a namespace is 1 to 64 of a-z, 0-9, - and _, not ${namespace}`);
    }
    this.namespace = namespace;
    this.beginning = `pc1:${namespace}:`;
    this.generations = this.beginning + 'gen';
    this.watermark = this.beginning + 'wm';
    this.channel = this.beginning + 'changed';
  }

  /** `kind` is pk, u or n; `column` is of no meaning for pk. */
  of(generation, table, kind, column, value) {
    const escaped = escape(value); // 1.4
    return this.beginning + generation + ':' + escape(table) + ':' + kind + ':'
      + (kind === 'pk' ? '' : escape(column) + ':')
      + (escaped.length <= LONGEST_VALUE ? escaped : '#' + sha256(value));
  }
}

/** SPEC 3.3, of columns with a name and a type. */
export function fingerprint(columns) {
  return sha256(columns.map(({ name, type }) => `${name} ${type}\n`).join('')).slice(0, 8);
}

/** SPEC 2.5; null if it is not one. */
export function readPayload(json) {
  try {
    const texts = JSON.parse(json);
    const fine = Array.isArray(texts)
      && texts.every((text) => text === null || typeof text === 'string');
    return fine ? texts : null;
  } catch {
    return null;
  }
}

export const writePayload = (texts) => JSON.stringify(texts);

/** SPEC 2.3, without the expiry, which Redis adds. */
export const head = (kind, print, load) => `${kind}j,${print},${load}`;

// 2.2 to 2.4; the payload may have lines
const VALUE = /^V\|[0-9]+:[0-9]+:[0-9,]*\|([RNIX])j,([0-9a-f]{8}),([0-9]{1,15}),([0-9]{1,15})\|(.*)$/s;
const BEGINNING = /^V\|[0-9]+:[0-9]+:[0-9,]*\|[^|]+\|/;

/** What a client of this fingerprint makes of what is stored; null if it is a miss (SPEC 2.8, 4.1). */
export function readValue(stored, print) {
  const parts = stored === null ? null : VALUE.exec(stored);
  const payload = parts === null || parts[2] !== print ? null : readPayload(parts[5]);
  return payload === null
    ? null
    : { kind: parts[1], load: Number(parts[3]), expiry: Number(parts[4]), payload };
}

/** A value up to its third bar, for refresh.lua; null if this is no value at all (SPEC 4.6, 4.7). */
export function beginning(stored) {
  return BEGINNING.exec(stored)?.[0] ?? null;
}

function integer(bits) {
  const least = -(2n ** BigInt(bits - 1));
  return (value) => {
    const fits = typeof value === 'bigint' || Number.isSafeInteger(value)
      || (typeof value === 'string' && /^-?[0-9]+$/.test(value));
    const number = fits ? BigInt(value) : least - 1n;
    return number >= least && number < -least ? number.toString() : null;
  };
}

function date(value) {
  const parts = typeof value === 'string' ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) : null;
  if (parts === null || parts[1] === '0000') {
    return null;
  }
  const day = new Date(`${value}T00:00:00Z`); // which makes March of 30 February
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value) ? value : null;
}

function text(value) {
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed() ? value : null;
}

/** Of each type that may be asked for: the one text of a value that PostgreSQL has too (SPEC 1.5); null for no value of it. */
const TEXTS = {
  smallint: integer(16),
  integer: integer(32),
  bigint: integer(64),
  uuid: (value) =>
    typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
      ? value.toLowerCase()
      : null,
  boolean: (value) => value === true || value === 't' ? 't' : value === false || value === 'f' ? 'f' : null,
  date,
  bytea: (value) =>
    Buffer.isBuffer(value)
      ? '\\x' + value.toString('hex')
      : typeof value === 'string' && /^\\x([0-9a-f]{2})*$/i.test(value) ? value.toLowerCase() : null,
  text,
  'character varying': text,
};

/** The type without its length: who asks for abcd by a varchar(3) asks for no row, not for abc. */
export function keyType(type) {
  const plain = type.replace(/\(\d+\)$/, '');
  return Object.hasOwn(TEXTS, plain) ? plain : null;
}

/** The text by which a value of a column of this type is asked for; refuses others. */
export function keyText(type, value) {
  const found = TEXTS[keyType(type)](value);
  if (found === null) {
    throw new TypeError(`${String(value)} is no ${type}`);
  }
  return found;
}
