// SPDX-License-Identifier: GPL-3.0-or-later
// Gatehouse is killed in the middle of its work, again and again: what it acknowledged holds, and nothing is half made.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gatehouse, temporaryDirectory } from './harness/gatehouse.mjs';
import { Holder, Lost } from './harness/holder.mjs';
import { rpcResult } from './harness/http.mjs';
import { PlainClient } from './harness/plain_client.mjs';
import { Randomness } from './harness/randomness.mjs';
import { titles } from './harness/todos.mjs';
import { delay, within } from './harness/waiting.mjs';

const kRounds = process.env.GATEHOUSE_LONG === '1' ? 200 : 50;
const kWorkers = 6;
const kNewPerRound = 4;
const kMostAlive = 8;
const kMostAnswers = 40;
/** Revoked ones that are looked at again after a round; all of them are in the end. */
const kOldOnes = 5;

/** Whether rows belong together as one transaction leaves them. */
const kHalfMade = {
  'an exchanged refresh token has no successor': `
    SELECT count(*) FROM refresh_token old WHERE old.consumed_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM refresh_token new WHERE new.hash = old.successor_hash)`,
  'a redeemed code gave no token': `
    SELECT count(*) FROM authorization_code JOIN access_grant ON access_grant.id = authorization_code.access_grant
    WHERE consumed_at IS NOT NULL AND revoked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM refresh_token WHERE refresh_token.access_grant = access_grant.id)`,
  'a token came of a code that is not redeemed': `
    SELECT count(*) FROM authorization_code WHERE consumed_at IS NULL
    AND EXISTS (SELECT 1 FROM refresh_token WHERE refresh_token.access_grant = authorization_code.access_grant)`,
};

const sqlite = (file, statement) => execFileSync('sqlite3', [file, statement], { encoding: 'utf8' }).trim();

/** What SQLite itself says of copies of the databases, so that Gatehouse finds its own as it left them. */
function checkDatabases(t, directory) {
  const copies = temporaryDirectory(t);
  const files = fs.readdirSync(directory).filter((name) => /\.(db|sqlite)(-wal)?$/.test(name));
  for (const name of files) fs.copyFileSync(path.join(directory, name), path.join(copies, name));
  const databases = files.filter((name) => !name.endsWith('-wal'));
  assert.ok(databases.includes('gatehouse.db'), files.join());
  for (const name of databases) {
    const file = path.join(copies, name);
    assert.equal(sqlite(file, 'PRAGMA integrity_check'), 'ok', name);
    assert.equal(sqlite(file, 'PRAGMA foreign_key_check'), '', name);
  }
  for (const [what, query] of Object.entries(kHalfMade))
    assert.equal(sqlite(path.join(copies, 'gatehouse.db'), query), '0', what);
}

/** One Gatehouse, and the clients that use it while it is killed. */
class Ordeal {
  #t;
  #random;
  #holders = [];
  /** How often something was acknowledged, and how often the answer to it was lost. */
  acknowledged = {};
  lost = {};

  constructor(t, random) {
    this.#t = t;
    this.#random = random;
    this.gatehouse = new Gatehouse(t, { secretStore: 'keychain' });
  }

  async start() {
    await this.gatehouse.start();
    this.first = await new PlainClient(this.gatehouse).signIn();
    this.account = (await this.gatehouse.verb('status')).account.id;
    return this;
  }

  /** `work` ends with Gatehouse killed; `sabotage` is done to its data directory meanwhile. */
  async round({ work = () => this.#workUntilKilled(), sabotage = () => {} } = {}) {
    for (let i = 0; i < kNewPerRound; i += 1) {
      const holder = new Holder(this.gatehouse, this.#holders.length);
      await holder.prepare(this.account);
      this.#holders.push(holder);
    }
    // The first call after a start has the tenant replace its refresh token, and the demo's tenant takes the old one for
    // stolen if it comes again. No client could save its session then, so that this is done before.
    await this.first.initialize();
    titles(rpcResult(await this.first.callTool('list-todos')).result);
    await work();
    checkDatabases(this.#t, this.gatehouse.dataDirectory);
    sabotage(this.gatehouse.dataDirectory);
    const before = this.gatehouse.url;
    await this.gatehouse.start();
    assert.equal(this.gatehouse.url, before);
    for (const holder of this.#holders) {
      const what = await holder.settle();
      if (what) this.lost[what] = (this.lost[what] ?? 0) + 1;
    }
    await this.#checkList();
    await this.#verify();
    await this.#retire();
  }

  /** Several clients at once, until after a number of answers the process is gone. */
  async #workUntilKilled() {
    let left = 1 + this.#random.below(kMostAnswers);
    const jitter = this.#random.below(4);
    let dead = false;
    const kill = async () => {
      await delay(jitter);
      dead = true;
      await this.gatehouse.kill();
    };
    let killed;
    const free = new Set(this.#holders.filter(({ stage }) => stage !== 'revoked'));
    const work = async () => {
      while (!dead && free.size > 0) {
        const holder = this.#random.pick([...free]);
        free.delete(holder);
        const [what, step] = this.#choose(holder);
        try {
          await step();
        } catch (error) {
          if (error instanceof Lost && dead) return;
          throw error;
        }
        this.acknowledged[what] = (this.acknowledged[what] ?? 0) + 1;
        if (holder.stage !== 'revoked') free.add(holder);
        left -= 1;
        if (left === 0) killed = kill();
      }
    };
    await within('the clients work', 20000, Promise.all(Array.from({ length: kWorkers }, work)));
    await (killed ?? kill());
  }

  /** One of each thing, and nothing in doubt. */
  async workInOrder() {
    for (const holder of this.#holders) {
      await holder.finish();
      await holder.redeem();
      await holder.refresh();
    }
    const [first, second] = this.#holders;
    await first.revoke();
    await second.revokeAccessToken();
    await this.gatehouse.kill();
  }

  #choose(holder) {
    if (holder.stage === 'approved') return ['finish', () => holder.finish()];
    if (holder.stage === 'coded') return ['redeem', () => holder.redeem()];
    const roll = this.#random.below(20);
    if (roll < 2) return ['revoke', () => holder.revoke()];
    if (roll < 5 && holder.accessTokens.size > 0) return ['revoke access token', () => holder.revokeAccessToken()];
    if (roll < 7 && holder.accessTokens.size > 0) return ['call', () => holder.callTool()];
    return ['refresh', () => holder.refresh(undefined, 1 + this.#random.below(3))];
  }

  /** Every grant that the person is shown is one that somebody holds, and the other way round. */
  async #checkList() {
    const clients = await this.gatehouse.verb('clients');
    const listed = new Map(clients.map(({ id, grants }) => [id, grants.length]));
    assert.equal(listed.get(this.first.id), 1);
    let sum = 1;
    for (const { client, name, stage } of this.#holders) {
      const expected = ['coded', 'redeemed'].includes(stage) ? 1 : 0;
      assert.equal(listed.get(client.id) ?? 0, expected, `${name} (${stage})`);
      sum += expected;
    }
    assert.equal([...listed.values()].reduce((a, b) => a + b), sum);
  }

  async #verify() {
    const revoked = this.#holders.filter(({ stage }) => stage === 'revoked');
    const old = Array.from({ length: Math.min(kOldOnes, revoked.length) }, () => this.#random.pick(revoked));
    const newest = this.#holders.slice(-2 * kNewPerRound);
    const alive = this.#holders.filter(({ stage }) => stage !== 'revoked');
    await Promise.all([...new Set([...alive, ...newest, ...old])].map((holder) => holder.verify()));
  }

  async #retire() {
    const alive = this.#holders.filter(({ stage }) => stage === 'redeemed');
    for (const holder of alive.slice(0, Math.max(0, alive.length - kMostAlive))) {
      await holder.retire(this.#random.below(2) === 0);
      await holder.verify();
    }
  }

  async verifyAll() {
    for (const holder of this.#holders) await holder.verify();
    for (const holder of this.#holders.filter(({ stage }) => stage === 'redeemed')) {
      await holder.retire(true);
      await holder.verify();
    }
    await this.#checkList();
  }
}

const chosenSeed = () => Number(process.env.GATEHOUSE_SEED ?? randomInt(1, 2 ** 31));

test(`${kRounds} times killed in the middle of its work`, { timeout: kRounds * 10000 }, async (t) => {
  const seed = chosenSeed();
  const ordeal = await new Ordeal(t, new Randomness(seed)).start();
  let round = 0;
  try {
    for (; round < kRounds; round += 1) await ordeal.round();
    await ordeal.verifyAll();
  } catch (error) {
    throw new Error(`round ${round}, GATEHOUSE_SEED=${seed}: ${error.message}`, { cause: error });
  }
  t.diagnostic(`acknowledged ${JSON.stringify(ordeal.acknowledged)}, lost ${JSON.stringify(ordeal.lost)}`);
  // It did hit the middle of its work.
  for (const what of ['finish', 'redeem', 'refresh', 'revoke', 'revoke access token'])
    assert.ok(ordeal.acknowledged[what] >= kRounds / 5, `${what} was done ${ordeal.acknowledged[what]} times`);
  assert.ok(ordeal.acknowledged.call >= kRounds / 5);
  for (const what of ['finish', 'redeem', 'refresh', 'revoke access token'])
    assert.ok(ordeal.lost[what] > 0, `no answer to ${what} was lost (GATEHOUSE_SEED=${seed})`);
});

/** What is done to the database, and which check must find it. */
const kFaults = [
  ['grants are lost', /\(redeemed\)/, `DELETE FROM access_grant WHERE client_name LIKE 'Holder%' AND revoked_at IS NULL`],
  ['a revocation is lost', /\(revoked\)/, `UPDATE access_grant SET revoked_at = NULL WHERE client_name LIKE 'Holder%'`],
  ['refresh tokens are lost', /refresh token that was given is refused/, 'DELETE FROM refresh_token WHERE consumed_at IS NULL'],
  ['access tokens are lost', /access token that was given is refused/, 'DELETE FROM access_token'],
  ['a repeated refresh gets another successor', /refresh token that was given is refused/,
    `UPDATE refresh_token SET successor_hash = x'00' WHERE consumed_at IS NOT NULL`],
  ['codes can be redeemed twice', /its code was taken twice|the code of a revoked grant works/,
    'UPDATE authorization_code SET consumed_at = NULL'],
  ['registrations are lost', /\(redeemed\)/, `DELETE FROM client WHERE name LIKE 'Holder%'`],
];

for (const [what, reason, statement] of kFaults) {
  test(`It is noticed when ${what}`, async (t) => {
    const ordeal = await new Ordeal(t, new Randomness(1)).start();
    const sabotage = (directory) => sqlite(path.join(directory, 'gatehouse.db'), statement);
    await assert.rejects((async () => {
      await ordeal.round({ work: () => ordeal.workInOrder(), sabotage });
      await ordeal.verifyAll();
    })(), reason);
  });
}

test('Nothing is noticed when nothing is wrong', async (t) => {
  const ordeal = await new Ordeal(t, new Randomness(1)).start();
  await ordeal.round({ work: () => ordeal.workInOrder() });
  await ordeal.verifyAll();
});

test('When its terminal is closed it goes on if it was started with nohup', async (t) => {
  const program = path.join(temporaryDirectory(t), 'gatehouse');
  const { binary } = new Gatehouse(t);
  fs.writeFileSync(program, `#!/bin/sh\ntrap '' HUP\nexec '${binary}' "$@"\n`, { mode: 0o755 });
  const gatehouse = await new Gatehouse(t, { binary: program }).start();
  process.kill(gatehouse.pid, 'SIGHUP');
  await new PlainClient(gatehouse).signIn();
  assert.equal(await gatehouse.stop(), 0);
});

test('When its terminal is closed it ends in order', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  await new PlainClient(gatehouse).signIn();
  assert.equal(await gatehouse.stop('SIGHUP'), 0);
  assert.ok(!fs.existsSync(path.join(gatehouse.dataDirectory, 'gatehouse.db-wal')));
});
