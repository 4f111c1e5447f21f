import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSaves } from '../../src/cli/audit-versions.ts';
import { createHeadKeeper, headFileOf, readHead } from '../../src/kit/audit/head-file.ts';
import { type ChainedEvent, lineOf } from '../../src/kit/audit/seal.ts';
import { truncateChain } from '../../src/kit/audit/truncate.ts';
import { newId } from '../../src/kit/ids.ts';
import { createLog } from '../../src/kit/log.ts';
import { auditWorld, newKey } from './audit-world.ts';

describe('the chain', () => {
  it('seals an event that commits late when it has committed, and skips none', async () => {
    const world = await auditWorld();
    const late = await world.pool.connect();
    const id = newId('evt');
    await late.query('BEGIN');
    await late.query(`INSERT INTO audit_event (id, type) VALUES ($1, 'app.created')`, [id]);
    const during = await world.record(6);
    await world.chain.close();
    expect((await world.verify()).summary.events).toBe(0);
    await late.query('COMMIT');
    late.release();
    await world.seal();
    const { findings, summary } = await world.verify();
    expect({ findings, events: summary.events }).toEqual({ findings: [], events: during.length + 1 });
  });

  it('is extended by one process at a time, and no seal is empty within an hour', async () => {
    const world = await auditWorld();
    const again = world.ringOf([newKey('k2')]);
    await world.record(3);
    await Promise.all([world.seal(), world.seal(again.chain), world.seal()]);
    await world.seal();
    expect((await world.heads()).length).toBe(1);
  });

  it('seals what a retried batch has written once, and what is written again after lost commits', async () => {
    const world = await auditWorld();
    const id = newId('evt');
    const line = {
      ...{ id, type: 'user.created' as const, userId: 'usr_1', age: 5, detail: { n: 1e21, z: 1, a: -0 } },
      ...{ requestId: undefined, actorKind: 'system' as const, actorId: null, address: undefined },
    };
    await world.append([line]);
    await world.append([line]);
    await world.seal();
    await world.sql('DELETE FROM audit_event');
    await world.sql('DELETE FROM audit_seal');
    await world.append([{ ...line, age: 60_000 }]);
    await world.seal();
    const { findings, summary } = await world.verify();
    expect({ findings, events: summary.events }).toEqual({ findings: [], events: 1 });
    const { rows } = await world.sql('SELECT lines FROM audit_seal');
    expect(rows[0].lines[0]).toBe(1);
  });

  it('goes on after a dump is restored on a server with lower numbers, with the events that no seal has', async () => {
    const world = await auditWorld();
    const [old, unsealed] = [await world.record(3), await world.record(2)];
    // The former server was further ahead.
    const ahead = '(tx::text::bigint + 5000000)::text::xid8';
    await world.sql(`UPDATE audit_event SET tx = ${ahead}`);
    const { rows } = await world.sql(
      `SELECT id, at, type, user_id AS "userId", app_id AS "appId", detail, mark, actor_kind AS "actorKind",
              tx::text AS "number" FROM audit_event e WHERE id = ANY ($1) ORDER BY e.tx, e.id`,
      [old],
    );
    const lines = rows.map((row) => lineOf(row, 'marked'));
    await world.sealAs({ tx: rows.at(-1).number, id: rows.at(-1).id }, Buffer.concat(lines));
    await world.record(1);
    await world.chain.close();
    await world.record(2);
    await world.seal();
    const { findings, summary } = await world.verify();
    expect({ findings, events: summary.events }).toEqual({ findings: [], events: 8 });
    expect(summary.notes.join()).toContain('the database was restored');

    await world.sql(`UPDATE audit_event SET app_id = 'x' WHERE id = $1`, [unsealed[0]]);
    await world.sql('DELETE FROM audit_event WHERE id = $1', [old[0]]);
    const id = newId('evt');
    await world.sql(`INSERT INTO audit_event (id, type, tx) VALUES ($1, 'app.created', '0')`, [id]);
    const found = (await world.verify()).findings.map(({ kind, event }) => ({ kind, event }));
    expect(found).toEqual([
      { kind: 'removed', event: old[0] },
      { kind: 'changed', event: unsealed[0] },
      { kind: 'inserted', event: id },
    ]);
  });

  it('says that a backup was restored, so that a lost head is explained', async () => {
    const world = await auditWorld();
    await world.record(1);
    await world.seal();
    await world.record(1);
    await world.seal();
    const heads = await world.heads();
    await world.sql('DELETE FROM audit_seal WHERE seq = 2');
    await world.chain.noteRestored('symbolon restored');
    await world.seal();
    const { findings, summary } = await world.verify({ heads });
    expect(findings).toEqual([]);
    expect(summary.notes.join()).toContain('symbolon restored');
  });

  it('can be shortened by policy, with a signed seal that says so', async () => {
    const world = await auditWorld();
    const old = await world.record(7);
    await world.seal();
    const [first] = await world.heads();
    const { rows } = await world.sql('SELECT clock_timestamp() AS now');
    await world.record(2);
    await world.seal();
    const policy = { pool: world.pool, keyring: world.keyring, before: rows[0].now, reason: 'after a year' };
    const deleted: number[] = [];
    for await (const count of truncateChain(policy)) deleted.push(count);
    expect(deleted).toEqual([5, 2]);
    for await (const count of truncateChain(policy)) expect(count).toBe(0);
    const left = await world.sql('SELECT id FROM audit_event WHERE id = ANY ($1)', [old]);
    expect(left.rows).toEqual([]);
    const { findings, summary } = await world.verify({ heads: first ? [first] : [] });
    expect(findings).toEqual([]);
    expect(summary.notes.join()).toContain('deleted by policy');
    await world.sql('DELETE FROM audit_seal WHERE seq = 3');
    expect((await world.verify()).findings.map(({ text }) => text).join()).toContain('beginning');
  });

  it('stays proven when a key is retired: a seal with the new key vouches for all before it', async () => {
    const old = newKey('k1');
    const world = await auditWorld([old]);
    await world.record(2);
    await world.seal();
    const retired = world.ringOf([newKey('k2')]);
    const { findings } = await world.verify({ signer: retired.signer });
    expect(findings.map(({ text }) => text).join()).toContain('not signed with a configured key');
    await world.record(1);
    await world.seal(retired.chain);
    // The process with the new key alone cannot check marks of the old one, and a check with both can.
    const after = await world.verify({ signer: retired.signer, mark: world.mark });
    expect(after.findings).toEqual([]);
    expect(after.summary.proven?.seq).toBe(2n);
  });

  it('has the order of its numbers, also from ten seals on', async () => {
    const world = await auditWorld();
    await world.record(63);
    await world.seal();
    await world.record(1);
    await world.seal();
    const { findings, summary } = await world.verify();
    expect({ findings, events: summary.events, last: summary.last?.seq }).toEqual({
      findings: [],
      events: 64,
      last: 14n,
    });
  });

  it('can be walked from a time on', async () => {
    const world = await auditWorld();
    await world.record(5);
    await world.seal();
    const { rows } = await world.sql('SELECT clock_timestamp() AS now');
    await world.record(3);
    await world.seal();
    const { findings, summary } = await world.verify({ since: rows[0].now });
    expect({ findings, events: summary.events }).toEqual({ findings: [], events: 3 });
  });
});

describe('an export', () => {
  it('is verified without the database, with and without the keys', async () => {
    const world = await auditWorld();
    const ids = await world.record(7);
    await world.seal();
    const text = await world.exported();
    expect(text.trimEnd().split('\n').length).toBe(7 + 2);
    for (const signer of [world.signer, undefined]) {
      const { findings, summary } = await world.verifyExport(text, signer);
      expect({ findings, events: summary.events }).toEqual({ findings: [], events: 7 });
    }
    const kinds = async (changed: string) =>
      (await world.verifyExport(changed)).findings.map(({ kind, event }) => ({ kind, event }));
    const lines = text.split('\n');
    expect(await kinds(text.replace('app_3', 'app_4'))).toEqual([{ kind: 'changed', event: ids[3] }]);
    expect(await kinds(lines.toSpliced(2, 1).join('\n'))).toEqual([{ kind: 'removed', event: ids[1] }]);
    const other = lines[2]?.replace(ids[1] ?? '', newId('evt')) ?? '';
    expect(await kinds(lines.toSpliced(3, 0, other).join('\n'))).toMatchObject([{ kind: 'inserted' }]);
    await expect(world.verifyExport(`${text}{"event":1}`)).rejects.toThrow(/line 10/);
  });
});

describe('the head on a machine’s disk', () => {
  it('follows the chain, and is kept when the chain has lost it', async () => {
    const world = await auditWorld();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-head-'));
    const file = headFileOf(folder, world.database.url);
    const lines: string[] = [];
    const log = createLog('info', { write: (line) => void lines.push(line) });
    const keeper = () => createHeadKeeper({ pool: world.pool, signer: world.signer, log, file });
    await keeper().keep();
    expect(await readHead(file)).toBeUndefined();
    await world.record(1);
    await world.seal();
    await world.record(1);
    await world.seal();
    await keeper().keep();
    const [, head] = await world.heads();
    expect(await readHead(file)).toMatchObject({ seq: 2n, hash: head.hash });
    expect(lines.join('')).toContain(head.hash);

    await world.sql('DELETE FROM audit_seal WHERE seq = 2');
    const other = keeper();
    await other.keep();
    expect(other.state().lost).toBe(true);
    expect(lines.join('')).toContain('the audit chain has lost its end');
    expect(JSON.parse(await readFile(file, 'utf8')).hash).toBe(head.hash);

    await world.chain.noteRestored('symbolon restored');
    await other.keep();
    expect(other.state()).toMatchObject({ lost: false, newest: { seq: 2n, kind: 'restored' } });
  });
});

describe('a vault entry', () => {
  it('that was put back alone is named, by the version of its last save', async () => {
    const entries = [
      { identityId: 'idn_1', version: 3 },
      { identityId: 'idn_2', version: 4 },
    ];
    const saves = createSaves({
      after: async (id) => entries.filter(({ identityId }) => identityId > id).slice(0, 1),
    });
    const save = (identityId: string, version: number): ChainedEvent => ({
      ...{ id: `evt_${identityId}_${version}`, type: 'token.refreshed', identityId, detail: { version } },
      ...{ at: new Date(0), mark: null },
    });
    for (const event of [save('idn_1', 5), save('idn_1', 4), save('idn_2', 4)]) saves.see(event);
    const found = await Array.fromAsync(saves.rolledBack());
    expect(found).toEqual([expect.objectContaining({ kind: 'rolled_back', event: 'evt_idn_1_5' })]);
  });
});
