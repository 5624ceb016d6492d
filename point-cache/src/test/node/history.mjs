// A process of a history: reads and writes through the client, writes past it, and tells what it did in a file, as
// HistoryEvent.java reads it. Does what HistoryActor.java does, but keeps nothing outside of Redis and captures nothing. The
// command line says all of it, as JSON. Ends with its standard input.

import { openSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { FenceError, PointCache, connectPostgres, connectRedis } from './client.mjs';

const settings = JSON.parse(process.argv[2]);
const { actor, lossy, foreign, faults, rows } = settings;
const LONGEST_REST = 2;
const READS_AT_A_STRETCH = 16;
const LONGEST_REST_OF_WRITERS = 100;

/** Mulberry32: the same for the same seed. */
let state = settings.seed | 0;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

const below = (bound) => Math.floor(random() * bound);

/** The clock of System.nanoTime(). */
const now = () => process.hrtime.bigint();

const log = openSync(settings.log, 'ax');

/** Is in the file when it returns. */
function tell(...words) {
  writeSync(log, words.join(' ') + '\n');
}

/** Something that is to be expected: it gave up on purpose, or PostgreSQL refused. */
class Expected extends Error {}

/** Is passed between two steps. */
async function passes(step) {
  const chance = below(1_000);
  if (chance < faults.pauses) {
    tell('F', 'pause', step);
    await pause(1 + below(faults.longestPauseMillis));
  } else if (chance < faults.pauses + faults.abandons) {
    tell('F', 'abandon', step);
    throw new Expected(`abandoned ${step}`);
  }
}

async function ask(client, ...query) {
  try {
    return await client.query(...query);
  } catch (error) {
    throw new Expected(error.message, { cause: error });
  }
}

/** A connection that tells what becomes of its transaction, between two faults. */
class Watched {
  constructor(client) {
    this.client = client;
    this.intent = null; // the number of the transaction that it has told that it is about to commit
  }

  async query(...query) {
    if (query[0] !== 'commit') {
      return ask(this.client, ...query);
    }
    await passes('before commit');
    const { intent } = this;
    this.intent = null; // if it fails now, nobody knows
    const result = await ask(this.client, ...query);
    if (intent !== null) {
      tell('O', actor, intent, true, now());
      await passes('after commit');
    }
    return result;
  }

  release() {
    if (this.intent !== null) { // which never came to its commit
      tell('O', actor, this.intent, false, now());
    }
    this.client.release();
  }
}

/** Before a commit: makes it hang, in the log but not visible, until somebody ends its waiting. */
async function mayHang(client) {
  if (below(1_000) < faults.hangs) {
    tell('F', 'commit hangs');
    await client.query('set local synchronous_commit = on');
  }
}

const pool = connectPostgres({
  ...settings.postgres,
  idle_in_transaction_session_timeout: settings.longestTransactionMillis,
  statement_timeout: settings.longestTransactionMillis,
});

/** What the cache reads by and writes by. */
const watched = {
  async query(...query) {
    await passes('before load');
    const result = await ask(pool, ...query);
    await passes('after load');
    return result;
  },
  async connect() {
    try {
      return new Watched(await pool.connect());
    } catch (error) {
      throw new Expected(error.message, { cause: error });
    }
  },
};

const redis = connectRedis(settings.redis, { patienceMillis: settings.redisPatienceMillis });
const cache = await new PointCache({ ...settings.cache, redis, pool: watched }).start();

const wordOf = ({ id, version, grp, name }) => `${id}:${version}:${grp}:${name}`;

function someKeys() {
  const keys = new Set();
  const count = below(4) === 0 ? 2 + below(3) : 1;
  while (keys.size < count) {
    keys.add(1 + below(rows.keys));
  }
  return [...keys];
}

/** Rows as their transaction sees them. That one is gone is given a version, and no group. */
async function itemsOf(client, keys) {
  const { rows: items } = await client.query(
    `select slot.id, coalesce(version, nextval('versions')) as version, coalesce(grp, -1) as grp, coalesce(name, '-') as name
      from slot left join item on item.id = slot.id where slot.id = any($1)`, [keys]);
  return items;
}

/** As HistoryTable.java does; `execute` runs a statement that returns the rows it changes. */
async function change(client, keys, execute) {
  await client.query('select from slot where id = any($1) order by id for update', [keys]);
  if (below(12) === 0) {
    const there = (await itemsOf(client, keys)).filter(({ grp }) => grp !== '-1').map(({ id }) => id);
    await execute('delete from item where id = any($1) returning id, name, grp', [there]);
    return itemsOf(client, there);
  }
  const [group, name] = below(3) === 0
    ? [below(rows.groups), `'n' || id || '-${below(rows.namesOfAKey)}'`]
    : ['grp', 'name'];
  await execute(`update item set version = nextval('versions'), grp = ${group}, name = ${name}
    where id = any($1) returning id, name, grp, version`, [keys]);
  await execute(`insert into item select id, 'n' || id || '-${below(rows.namesOfAKey)}', ${below(rows.groups)}, nextval('versions')
    from slot where id = any($1) and not exists (select from item where item.id = slot.id)
    returning id, name, grp, version`, [keys]);
  return itemsOf(client, keys);
}

let ending = false;
let lastWrite = 0;

/** Told before the fences. */
async function intend(client, fenced, execute) {
  const changed = await change(client, someKeys(), execute);
  client.intent = ++lastWrite;
  tell('I', actor, client.intent, fenced, now(), ...changed.map(wordOf));
  await passes('after changes');
  await mayHang(client);
}

async function writeFenced(items) {
  const mode = lossy && below(2) === 0 ? 'available' : 'strict';
  await cache.write((client, fences) =>
    intend(client, true, (sql, values) => fences.execute(items, sql, values)), { mode });
}

async function writeForeign() {
  const client = await watched.connect();
  try {
    await client.query('begin');
    await intend(client, false, (sql, values) => client.query(sql, values));
    await client.query(below(8) === 0 ? 'rollback' : 'commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

async function read(items) {
  for (let i = 0; i < READS_AT_A_STRETCH && !ending; i++) {
    await readOnce(items);
  }
}

async function readOnce(items) {
  const since = now();
  const heard = (column, value, source, found) =>
    tell('R', actor, column, value, since, now(), source.toUpperCase(), ...found.map(wordOf));
  const one = ({ row }) => row === null ? [] : [row];
  switch (below(6)) {
    case 0: {
      const keys = someKeys();
      (await items.findAll(keys)).forEach((answer, i) => heard('id', keys[i], answer.source, one(answer)));
      break;
    }
    case 1: {
      const name = `n${1 + below(rows.keys)}-${below(rows.namesOfAKey)}`;
      const answer = await items.findAllBy('name', name);
      heard('name', name, answer.source, answer.rows);
      break;
    }
    case 2: {
      const group = below(rows.groups);
      const answer = await items.findAllBy('grp', group);
      heard('grp', group, answer.source, answer.rows);
      break;
    }
    default: {
      const key = 1 + below(rows.keys);
      const answer = await items.find(key);
      heard('id', key, answer.source, one(answer));
    }
  }
}

async function repeat(longestRest, work) {
  while (!ending) {
    try {
      await work(items);
    } catch (error) {
      if (!(error instanceof Expected) && !(error instanceof FenceError)) {
        tell('S', actor, error.stack.replaceAll('\n', ' '));
      }
    }
    await pause(random() * longestRest);
  }
}

process.stdin.resume().on('end', () => { ending = true; });
let items = null;
while (items === null && !ending) { // the faults have begun
  items = await cache.table(settings.table).catch((error) => {
    if (!(error instanceof Expected)) {
      throw error;
    }
    return null;
  });
}
await Promise.all([
  repeat(LONGEST_REST_OF_WRITERS, writeFenced),
  ...(foreign ? [repeat(LONGEST_REST_OF_WRITERS, writeForeign)] : []),
  repeat(LONGEST_REST, read),
  repeat(LONGEST_REST, read),
]);
cache.close();
redis.destroy();
await pool.end();
