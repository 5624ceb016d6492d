// A client of point-cache for Node.js, written from SPEC.md: reads by key and by other columns, fills, and places fences. It
// keeps nothing outside of Redis, so N is 0 (SPEC 7).

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@redis/client';
import pg from 'pg';
import { Keys, beginning, fingerprint, head, keyText, keyType, readValue, writePayload } from './format.mjs';

const SCRIPTS = new URL('../../main/resources/dev/chasqui/pointcache/', import.meta.url);

/** SPEC 8. */
const NUMBERS = {
  leaseMillis: 3_000, // D
  waitMillis: 100, // w
  fenceMillis: 60_000, // W
  pollMillis: 250, // p
  lifeMillis: 3_600_000,
  maximumKeys: 1_000,
};

/** Redis is not there, or slow, or said no (SPEC 9.1). */
export class RedisError extends Error {}

/** Fences that could not be placed: the transaction is to be rolled back (SPEC 6.2). */
export class FenceError extends Error {}

/** A client of Redis that waits for nobody: without Redis there is the database. */
export function connectRedis(url, { patienceMillis = 1_000 } = {}) {
  const redis = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandOptions: { timeout: patienceMillis },
    socket: { connectTimeout: patienceMillis, reconnectStrategy: 50 },
  });
  redis.on('error', () => {}); // whoever calls hears it
  redis.connect().catch(() => {});
  return redis;
}

/** Connections whose texts are those of SPEC 3.1. */
export function connectPostgres(config) {
  const pool = new pg.Pool({
    ...config,
    options: '-c DateStyle=ISO,MDY -c IntervalStyle=postgres -c TimeZone=UTC -c bytea_output=hex'
      + ' -c extra_float_digits=1',
    types: { getTypeParser: () => (text) => text }, // nothing becomes a number or a date on its way
  });
  pool.on('error', () => {}); // a connection that nobody uses was cut
  pool.on('connect', (client) => client.on('error', () => {})); // whoever uses it hears it with his next query
  return pool;
}

/** The steps in which Redis takes part. */
class Redis {
  constructor(client, keys) {
    this.client = client;
    this.keys = keys;
    this.tokens = randomBytes(16).toString('hex');
    this.lastToken = 0;
    this.scripts = {};
    for (const name of ['lease', 'fill', 'refresh', 'fence']) {
      const source = readFileSync(new URL(name + '.lua', SCRIPTS), 'utf8');
      this.scripts[name] = { source, sha: createHash('sha1').update(source).digest('hex') };
    }
  }

  async ask(call) {
    try {
      return await call(this.client);
    } catch (error) {
      throw new RedisError(error.message, { cause: error });
    }
  }

  get(key) {
    return this.ask((client) => client.get(key));
  }

  newToken() {
    return `${this.tokens}-${++this.lastToken}`;
  }

  /** SPEC 9.2. */
  run(name, key, ...args) {
    const { source, sha } = this.scripts[name];
    const rest = { keys: [key], arguments: args.map(String) };
    return this.ask(async (client) => {
      try {
        return await client.evalSha(sha, rest);
      } catch (error) {
        if (!error.message.startsWith('NOSCRIPT')) {
          throw error;
        }
        return client.eval(source, rest);
      }
    });
  }

  /** SPEC 5.1: those that readers use, and those to fence in. */
  async generations() {
    let kept = await this.get(this.keys.generations);
    if (kept === null) {
      const [seconds, micros] = await this.ask((client) => client.sendCommand(['TIME']));
      const millis = BigInt(seconds) * 1000n + BigInt(micros) / 1000n;
      await this.ask((client) => client.set(this.keys.generations, millis.toString(), { condition: 'NX' }));
      kept = await this.get(this.keys.generations);
    }
    if (!/^(0|[1-9][0-9]*)( (0|[1-9][0-9]*))?$/.test(kept ?? '')) {
      throw new RedisError(`${this.keys.generations} is ${kept}`);
    }
    const all = kept.split(' ');
    return { read: all[0], fence: all };
  }
}

export class PointCache {
  /** `captured` says that others write without fences, and so rows are kept while there is a watermark (SPEC 5.4). */
  constructor({ namespace, redis, pool, captured = true, ...numbers }) {
    this.keys = new Keys(namespace);
    this.redis = new Redis(redis, this.keys);
    this.pool = pool;
    this.captured = captured;
    this.numbers = { ...NUMBERS, ...numbers };
    this.last = null;
    this.polling = null;
  }

  /** Polls from now on; with or without Redis. */
  async start() {
    const poll = async () => {
      await this.look().catch(() => {}); // so the last look grows old
      if (this.polling !== null) {
        this.polling = setTimeout(poll, this.numbers.pollMillis).unref();
      }
    };
    this.polling = setTimeout(() => {}, 0);
    await poll();
    return this;
  }

  close() {
    clearTimeout(this.polling);
    this.polling = null;
    this.last = null;
  }

  /** SPEC 5.2. */
  async look() {
    const since = performance.now();
    const generations = await this.redis.generations();
    const vouched = !this.captured || (await this.redis.get(this.keys.watermark)) !== null;
    this.last = { ...generations, vouched, since };
    return this.last;
  }

  isYoung(look) {
    return look !== null && performance.now() - look.since <= 2 * this.numbers.pollMillis;
  }

  /** Null if the cache is to be bypassed. */
  usable() {
    return this.isYoung(this.last) && this.last.vouched ? this.last : null;
  }

  async table(name, schema = 'public') {
    const table = await describe(this.pool, schema, name);
    if (this.captured) {
      await this.untilTold(schema, name);
    }
    return new CachedTable(this, table);
  }

  /** SPEC 5.6. */
  async untilTold(schema, name) {
    const publication = `point_cache_${this.keys.namespace.replaceAll('-', '_')}`;
    const deadline = performance.now() + this.numbers.fenceMillis;
    let last = null;
    while (performance.now() < deadline) {
      const { rows: [now] } = await this.pool.query(
        `select pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmax(s)::text as xmax, exists (select
           from pg_publication_tables where pubname = $1 and schemaname = $2 and tablename = $3) as told
         from pg_current_snapshot() s`,
        [publication, schema, name],
      );
      if (now.told === 't') {
        last ??= BigInt(now.xmax);
        if (BigInt(now.xmin) >= last) {
          return;
        }
      }
      await pause(20);
    }
    throw new Error(`${schema}.${name} is not in ${publication}, or transactions that were open when it was seen there still are`);
  }

  /**
   * Runs `work(client, fences)` in a transaction, places the fences, commits. If they cannot be placed it rolls back, unless
   * the mode is `available` (SPEC 6.2).
   */
  async write(work, { mode = 'strict' } = {}) {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      const fences = new Fences(this, client);
      const result = await work(client, fences);
      await fences.place(mode);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  }
}

/** What one transaction changes. */
class Fences {
  constructor(cache, client) {
    this.cache = cache;
    this.client = client;
    this.changes = [];
  }

  /** The row of this key changes. */
  row(table, key) {
    return this.value(table, table.key, key);
  }

  /** A row gets this value in a column that may be asked for, or had it. */
  value(table, column, value) {
    if (value !== null) {
      this.changes.push({ table, column, text: table.text(column, value) });
    }
    return this;
  }

  /** Runs a statement that returns the rows it changes: their primary key, and what they get in columns that may be asked for. */
  async execute(table, sql, values) {
    const { rows } = await this.client.query(sql, values);
    for (const row of rows) {
      if (row[table.key] === undefined) {
        throw new TypeError(`the statement must return ${table.key}`);
      }
      Object.keys(row).filter((column) => table.kind(column) !== null)
        .forEach((column) => this.value(table, column, row[column]));
    }
    return rows.length;
  }

  async place(mode = 'strict') {
    const { cache } = this;
    if (this.changes.length === 0) {
      return;
    }
    const { rows } = await this.client.query('select pg_current_xact_id()::text as id');
    try {
      const look = cache.isYoung(cache.last) ? cache.last : await cache.look();
      const keys = new Set(look.fence.flatMap((generation) =>
        this.changes.map(({ table, column, text }) => table.keyOf(generation, column, text))));
      await Promise.all([...keys].map((key) =>
        cache.redis.run('fence', key, rows[0].id, cache.numbers.fenceMillis, cache.keys.channel)));
    } catch (error) {
      if (!(error instanceof RedisError) || mode === 'strict') {
        throw new FenceError(`roll back: ${error.message}`, { cause: error });
      }
    }
    this.changes = [];
  }
}

const quote = (name) => '"' + name.replaceAll('"', '""') + '"';

/** What the catalogue says; SPEC 1.1, 1.5, 3.2. */
async function describe(pool, schema, name) {
  const { rows: columns } = await pool.query(`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      coalesce(l.collisdeterministic, true) and a.attgenerated = '' as fit,
      coalesce(bool_or(i.indisprimary), false) as key,
      coalesce(bool_or(i.indisunique and i.indnkeyatts = 1), false) as "unique",
      count(i.indexrelid) > 0 as indexed
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_collation l on l.oid = a.attcollation
      left join pg_index i on i.indrelid = c.oid and i.indkey[0] = a.attnum and i.indisvalid and i.indpred is null
    where n.nspname = $1 and c.relname = $2 and c.relkind = 'r' and c.relpersistence = 'p' and not c.relrowsecurity
      and not exists (select from pg_inherits h where c.oid in (h.inhrelid, h.inhparent))
      and not exists (select from pg_index p where p.indrelid = c.oid and p.indisprimary and p.indnkeyatts > 1)
    group by a.attnum, a.attname, a.atttypid, a.atttypmod, l.collisdeterministic, a.attgenerated order by a.attnum`, [schema, name]);
  const key = columns.find((column) => column.key === 't');
  if (key === undefined) {
    throw new TypeError(`${schema}.${name} is no ordinary table with a primary key of one column`);
  }
  const kinds = new Map();
  for (const column of columns) {
    if (column.fit === 't' && keyType(column.type) !== null && column.indexed === 't') {
      kinds.set(column.name, column === key ? 'pk' : column.unique === 't' ? 'u' : 'n');
    }
  }
  if (!kinds.has(key.name)) {
    throw new TypeError(`${schema}.${name}.${key.name} is ${key.type}, by which no row can be asked for`);
  }
  return { schema, name, columns: columns.map(({ name, type }) => ({ name, type })), key: key.name, kinds };
}

class CachedTable {
  constructor(cache, description) {
    this.cache = cache;
    this.columns = description.columns;
    this.key = description.key;
    this.kinds = description.kinds;
    this.name = `${description.schema}.${description.name}`;
    this.from = `${quote(description.schema)}.${quote(description.name)}`;
    this.fingerprint = fingerprint(description.columns);
    this.statements = new Map();
  }

  /** pk, u, n; or null for a column that cannot be asked for. */
  kind(column) {
    return this.kinds.get(column) ?? null;
  }

  position(column) {
    return this.columns.findIndex(({ name }) => name === column);
  }

  text(column, value) {
    if (this.kind(column) === null) {
      throw new TypeError(`${this.name} cannot be asked for by ${column}`);
    }
    return keyText(this.columns[this.position(column)].type, value);
  }

  keyOf(generation, column, text) {
    return this.cache.keys.of(generation, this.name, this.kind(column), column, text);
  }

  /** The row of a primary key: `{ row, source }`, the row as column texts by name, or null. */
  async find(key) {
    const { rows, source } = await this.#byKey(this.text(this.key, key));
    return { row: rows.length === 0 ? null : this.#named(rows[0]), source };
  }

  /** The rows of many primary keys, in their order. */
  async findAll(keys) {
    const texts = keys.map((key) => this.text(this.key, key));
    const found = await this.#byKeys([...new Set(texts)]);
    return texts.map((text) => {
      const { rows, source } = found.get(text);
      return { row: rows.length === 0 ? null : this.#named(rows[0]), source };
    });
  }

  /** All rows whose column has this value: `{ rows, source }`. */
  async findAllBy(column, value) {
    const text = this.text(column, value);
    const { rows, source } = column === this.key ? await this.#byKey(text) : await this.#byColumn(column, text);
    return { rows: rows.map((row) => this.#named(row)), source };
  }

  #named(row) {
    return Object.fromEntries(this.columns.map(({ name }, i) => [name, row[i]]));
  }

  // SPEC 4.3: one statement, outside any transaction block, with its snapshot also if there is no row
  #statement(column) {
    if (!this.statements.has(column)) {
      const type = keyType(this.columns[this.position(column)].type);
      const texts = this.columns.map(({ name }) =>
        `case when t.${quote(name)} is distinct from null then pg_catalog.concat(t.${quote(name)}) end`);
      this.statements.set(column, `
        select case when pg_current_xact_id_if_assigned() is not null then null
            when pg_is_in_recovery() then pg_snapshot_xmin(taken) || ':' || pg_snapshot_xmin(taken) || ':'
            else taken::text end, ${texts.join(', ')}
        from (select pg_current_snapshot() as taken) s
          left join ${this.from} t on t.${quote(column)} = any($1::text[]::${type}[])`);
    }
    return this.statements.get(column);
  }

  async #load(column, texts) {
    const began = performance.now();
    const { rows: lines } = await this.cache.pool.query({ text: this.#statement(column), values: [texts], rowMode: 'array' });
    const key = this.position(this.key);
    return {
      snapshot: lines[0][0],
      rows: lines.map((line) => line.slice(1)).filter((row) => row[key] !== null),
      took: Math.floor(performance.now() - began),
      source: 'database',
    };
  }

  /** What is kept of what was read, as the arguments of fill.lua and refresh.lua from the snapshot on; null for nothing. */
  #content(column, { snapshot, rows, took }) {
    if (snapshot === null) {
      return null;
    }
    const { lifeMillis, maximumKeys } = this.cache.numbers;
    const life = Math.max(1, Math.floor(lifeMillis * (0.9 + 0.2 * Math.random())));
    let kind;
    let texts = [];
    if (column === this.key) {
      kind = rows.length === 0 ? 'N' : 'R';
      texts = rows[0] ?? [];
    } else {
      kind = rows.length <= maximumKeys ? 'I' : 'X';
      texts = kind === 'I' ? rows.map((row) => row[this.position(this.key)]) : [];
    }
    return [snapshot, head(kind, this.fingerprint, took), writePayload(texts), life];
  }

  /** SPEC 4.1; null for a miss. */
  #hit(column, stored) {
    const value = readValue(stored, this.fingerprint);
    if (value === null || (column === this.key) !== 'RN'.includes(value.kind)) {
      return null;
    }
    if (value.kind === 'R' && value.payload.length !== this.columns.length) {
      return null;
    }
    return { value, stored, rows: value.kind === 'R' ? [value.payload] : [], source: 'redis' };
  }

  /** What was read is answered whether or not it is kept. */
  async #keep(step, key, first, content) {
    if (content !== null && first !== null) {
      await this.cache.redis.run(step, key, first, ...content).catch(() => {});
    }
  }

  /** SPEC 4.6, 4.7. */
  async #replace(column, text, key, stored) {
    const loaded = await this.#load(column, [text]);
    await this.#keep('refresh', key, beginning(stored), this.#content(column, loaded));
    return loaded;
  }

  /** `{ rows, source }`, and the value if it was a hit. */
  async #find(column, text) {
    const { redis, numbers } = this.cache;
    const look = this.cache.usable();
    if (look === null) {
      return this.#load(column, [text]);
    }
    const key = this.keyOf(look.read, column, text);
    let reply;
    const token = redis.newToken();
    try {
      const hit = this.#hit(column, await redis.get(key));
      if (hit !== null) {
        return hit;
      }
      reply = await redis.run('lease', key, token, numbers.leaseMillis);
      if (reply === null) { // 4.5
        const waited = await this.#await(column, key);
        return waited ?? await this.#load(column, [text]);
      }
    } catch (error) {
      if (error instanceof RedisError) { // 9.1
        return this.#load(column, [text]);
      }
      throw error;
    }
    if (reply !== '') {
      return this.#hit(column, reply) ?? await this.#replace(column, text, key, reply);
    }
    const loaded = await this.#load(column, [text]);
    await this.#keep('fill', key, token, this.#content(column, loaded));
    return loaded;
  }

  async #await(column, key) {
    const looks = 4;
    for (let i = 0; i < looks; i++) {
      await pause(this.cache.numbers.waitMillis / looks * (0.5 + Math.random()));
      const hit = this.#hit(column, await this.cache.redis.get(key));
      if (hit !== null) {
        return hit;
      }
    }
    return null;
  }

  #byKey(text) {
    return this.#find(this.key, text);
  }

  // SPEC 4.8
  async #byColumn(column, text) {
    const found = await this.#find(column, text);
    if (found.value === undefined) {
      return found;
    }
    if (found.value.kind === 'X') {
      return this.#load(column, [text]);
    }
    const rows = [];
    let source = 'redis';
    for (const each of (await this.#byKeys(found.value.payload)).values()) {
      rows.push(...each.rows.filter((row) => row[this.position(column)] === text));
      source = each.source === 'database' ? 'database' : source;
    }
    if (rows.length === found.value.payload.length) {
      return { rows, source };
    }
    const look = this.cache.usable();
    return look === null
      ? this.#load(column, [text])
      : this.#replace(column, text, this.keyOf(look.read, column, text), found.stored);
  }

  /** By text; one statement for all that are missing. */
  async #byKeys(texts) {
    const found = new Map();
    const { redis, numbers } = this.cache;
    const look = this.cache.usable();
    const fills = [];
    if (look !== null) {
      try {
        await Promise.all(texts.map(async (text) => {
          const key = this.keyOf(look.read, this.key, text);
          let hit = this.#hit(this.key, await redis.get(key));
          if (hit === null) {
            const token = redis.newToken();
            const reply = await redis.run('lease', key, token, numbers.leaseMillis);
            if (reply === null) {
              hit = await this.#await(this.key, key);
            } else if (reply === '') {
              fills.push({ text, key, step: 'fill', first: token });
            } else {
              hit = this.#hit(this.key, reply);
              if (hit === null) {
                fills.push({ text, key, step: 'refresh', first: beginning(reply) });
              }
            }
          }
          if (hit !== null) {
            found.set(text, hit);
          }
        }));
      } catch (error) {
        if (!(error instanceof RedisError)) {
          throw error;
        }
      }
    }
    const missing = texts.filter((text) => !found.has(text));
    if (missing.length > 0) {
      const { rows, ...loaded } = await this.#load(this.key, missing);
      const byText = new Map(rows.map((row) => [row[this.position(this.key)], row]));
      missing.forEach((text) =>
        found.set(text, { ...loaded, rows: byText.has(text) ? [byText.get(text)] : [] }));
      await Promise.all(fills.filter(({ text }) => missing.includes(text)).map(({ text, key, step, first }) =>
        this.#keep(step, key, first, this.#content(this.key, found.get(text)))));
    }
    return new Map(texts.map((text) => [text, found.get(text)]));
  }
}
