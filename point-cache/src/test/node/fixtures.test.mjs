// Plays point-cache/fixtures/: node --test. What needs Redis is skipped unless REDIS_URL names one.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { createClient } from '@redis/client';
import { Keys, beginning, fingerprint, head, readPayload, readValue, writePayload } from './format.mjs';

const FIXTURES = new URL('../../../fixtures/', import.meta.url);
const SCRIPTS = new URL('../../main/resources/dev/chasqui/pointcache/', import.meta.url);
const HOUR = '3600000';

/** Reads one file and plays each of its cases. */
function play(file, options, playCase) {
  describe(file, options, () => {
    const { cases } = JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8'));
    assert.ok(cases.length > 0);
    for (const each of cases) {
      test(`${each.name} (${each.rules.join(', ')})`, () => playCase(each));
    }
  });
}

play('keys.json', {}, ({ namespace, generation, table, kind, column, value, key }) => {
  assert.equal(new Keys(namespace).of(generation, table, kind, column, value), key);
});

play('fingerprints.json', {}, (each) => {
  assert.equal(fingerprint(each.columns), each.fingerprint);
});

play('payloads.json', {}, ({ texts, json, refused }) => {
  if (refused !== undefined) {
    assert.equal(readPayload(refused), null);
    return;
  }
  for (const form of [...json, writePayload(texts)]) {
    assert.deepEqual(readPayload(form), texts);
  }
});

play('values.json', {}, ({ stored, fingerprint: print, hit, miss }) => {
  assert.deepEqual(readValue(stored, print), hit ?? null);
  if (hit !== undefined) {
    assert.equal(`${head(hit.kind, print, hit.load)},${hit.expiry}`, stored.split('|')[2]);
  } else {
    assert.equal(beginning(stored), miss.replace);
  }
});

const url = process.env.REDIS_URL;
const onRedis = { skip: url === undefined ? 'REDIS_URL names no Redis' : false };
const redis = url === undefined ? null : createClient({ url, RESP: 2 });

/** Scripts are sent whole: that they can be called by their digest is the client's business. */
function run(script, key, args) {
  const source = readFileSync(new URL(`${script}.lua`, SCRIPTS), 'utf8');
  return redis.eval(source, { keys: [key], arguments: args });
}

const withoutMoments = (text) => text === null ? null
  : text.replace(/^(E\|[^|@]*@)\d+/, '$1*').replace(/^(V\|[^|]*\|[^|]*,)\d+\|/, '$1*|');

if (redis !== null) {
  before(() => redis.connect());
  after(() => redis.close());
}

play('snapshots.json', onRedis, async ({ snapshot, seen, unseen }) => {
  for (const [transactions, reply] of [[seen, 0], [unseen, 2]]) {
    for (const transaction of transactions) {
      const key = `node snapshot ${snapshot} ${transaction}`;
      assert.equal(await run('lease', key, ['a', HOUR]), '');
      assert.equal(await run('fill', key, ['a', snapshot, 'Rj,0a1b2c3d,5', '[]', HOUR]), 1);
      assert.equal(await run('fence', key, [transaction, HOUR, 'none']), reply, transaction);
    }
  }
});

play('transcripts.json', onRedis, async ({ name, steps }) => {
  const key = `node transcript ${name}`;
  for (const step of steps) {
    const what = JSON.stringify(step);
    if (step.put !== undefined) {
      await redis.set(key, step.put);
    } else {
      const kept = await redis.get(key);
      const args = step.arguments.map((arg) => (arg === '$beginning' ? beginning(kept) : arg));
      if (step.error !== undefined) {
        await assert.rejects(run(step.script, key, args), (error) => error.message.startsWith(step.error), what);
      } else {
        const reply = await run(step.script, key, args);
        assert.equal(withoutMoments(reply === null ? null : String(reply)), step.reply, what);
      }
    }
    assert.equal(withoutMoments(await redis.get(key)), step.stored, what);
  }
});

test('the digest by which a script is called is that of its bytes', onRedis, async () => {
  const source = readFileSync(new URL('lease.lua', SCRIPTS));
  assert.equal(await redis.scriptLoad(source.toString()), createHash('sha1').update(source).digest('hex'));
});
