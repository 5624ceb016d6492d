// Does what another process tells it: a JSON object on a line of standard input, its answer on a line of standard output.
// The command line names Redis, PostgreSQL and the options of the cache, as JSON.

import { createInterface } from 'node:readline';
import { PointCache, connectPostgres, connectRedis } from './client.mjs';

const { redis: url, postgres, cache: options, table: name } = JSON.parse(process.argv[2]);
const redis = connectRedis(url, { patienceMillis: 20_000 });
await new Promise((resolve) => redis.once('ready', resolve));
const pool = connectPostgres(postgres);
const cache = await new PointCache({ ...options, redis, pool }).start();
const tables = new Map();

async function table(of) {
  if (!tables.has(of)) {
    tables.set(of, await cache.table(of));
  }
  return tables.get(of);
}

let held = null; // a transaction that waits for its end

const COMMANDS = {
  find: async ({ key }) => (await table(name)).find(key),
  findAll: async ({ keys }) => (await table(name)).findAll(keys),
  findAllBy: async ({ table: of = name, column, value }) => (await table(of)).findAllBy(column, value),
  describe: async ({ table: of }) => {
    const { columns, kinds, fingerprint } = await table(of);
    return { columns, kinds: Object.fromEntries(kinds), fingerprint };
  },
  state: async () => ({ usable: cache.usable() !== null, read: cache.last?.read ?? null }),
  write: async ({ sql, mode }) =>
    cache.write(async (client, fences) => fences.execute(await table(name), sql), { mode }),
  /** The same, up to the commit. */
  begin: async ({ sql }) => {
    let placed;
    const isPlaced = new Promise((resolve) => { placed = resolve; });
    let end;
    const ended = new Promise((resolve) => { end = resolve; });
    const written = cache.write(async (client, fences) => {
      await fences.execute(await table(name), sql);
      await fences.place();
      placed();
      if (await ended === 'rollback') {
        throw new Error('rolled back');
      }
    });
    written.catch(() => {});
    await Promise.race([isPlaced, written]);
    held = { end, written };
    return 'placed';
  },
  end: async ({ how }) => {
    held.end(how);
    return held.written.then(() => 'committed', (error) => error.message);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  let answer;
  try {
    answer = { answer: await COMMANDS[command.do](command) };
  } catch (error) {
    answer = { error: `${error.constructor.name}: ${error.message}` };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
cache.close();
redis.destroy();
await pool.end();
