import { beforeEach, describe, expect, it } from 'vitest';
import { createDatabaseSource } from '../../src/kit/audit/database-source.ts';
import { hashOfSeal } from '../../src/kit/audit/seal.ts';
import { createSealStore } from '../../src/kit/audit/seal-store.ts';
import { contentColumns } from '../../src/kit/events/event-content.ts';
import { newId } from '../../src/kit/ids.ts';
import { type AuditWorld, auditWorld } from './audit-world.ts';

let world: AuditWorld;
/** The events of three seals: 5, 2 and 3. */
let ids: string[];

beforeEach(async () => {
  world = await auditWorld();
  ids = await world.record(7);
  await world.seal();
  ids.push(...(await world.record(3)));
  await world.seal();
});

const named = async () =>
  (await world.verify()).findings.map(({ kind, event, seal }) => ({ kind, event, seal }));
const insert = (id: string, more = '', values = '') =>
  world.sql(
    `INSERT INTO audit_event (id, type, app_id${more}) VALUES ($1, 'app.removed', 'app_1'${values})`,
    [id],
  );

describe('events', () => {
  it('without tampering, the chain is whole', async () => {
    const { findings, summary, notes } = await world.verify();
    expect({ findings, notes: [...notes, ...summary.notes] }).toEqual({ findings: [], notes: [] });
    expect(summary).toMatchObject({ seals: 3, events: 10, proven: { seq: 3n }, last: { seq: 3n } });
  });

  it('an event of which any column is changed is named', async () => {
    ids.push(...(await world.record(2)));
    await world.seal();
    const changes = [
      `type = 'app.removed'`,
      `user_id = 'usr_1'`,
      `app_id = 'app_9'`,
      `connection = 'google'`,
      `identity_id = 'idn_1'`,
      `request_id = 'req_1'`,
      `actor_kind = 'bootstrap'`,
      `actor_id = 'root'`,
      `address = '192.0.2.1'`,
      `at = at + interval '1 millisecond'`,
      `detail = detail || '{"b":9}'`,
      'mark = NULL',
    ];
    for (const [index, change] of changes.entries())
      await world.sql(`UPDATE audit_event SET ${change} WHERE id = $1`, [ids[index]]);
    const found = await named();
    expect(found.map(({ kind }) => kind)).toEqual(changes.map(() => 'changed'));
    expect(found.map(({ event }) => event)).toEqual(ids);
  });

  it('the chain covers every column, but the number of the transaction', async () => {
    const { rows } = await world.sql('SELECT * FROM audit_event LIMIT 1');
    const covered = [...contentColumns, 'at', 'detail', 'mark', 'tx'];
    const nameOf = (column: string) => column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    expect(Object.keys(rows[0]).map(nameOf).toSorted()).toEqual(covered.toSorted());
  });

  it('a removed event is named', async () => {
    await world.sql('DELETE FROM audit_event WHERE id = ANY ($1)', [[ids[4], ids[8]]]);
    expect(await named()).toEqual([
      { kind: 'removed', event: ids[4], seal: '1' },
      { kind: 'removed', event: ids[8], seal: '3' },
    ]);
  });

  it('an event that is inserted between sealed ones is named', async () => {
    const id = newId('evt');
    await insert(id, ', tx', `, (SELECT tx FROM audit_event WHERE id = '${ids[5]}')`);
    expect(await named()).toEqual([{ kind: 'inserted', event: id, seal: expect.stringMatching(/[23]/) }]);
  });

  it('an event that takes the id of a removed one is named', async () => {
    await world.sql('DELETE FROM audit_event WHERE id = $1', [ids[2]]);
    await insert(ids[2] ?? '');
    expect(await named()).toEqual([{ kind: 'changed', event: ids[2], seal: '1' }]);
  });

  it('an event that is moved to another place in the feed is named', async () => {
    await world.sql(`UPDATE audit_event SET tx = '1' WHERE id = $1`, [ids[6]]);
    const found = await named();
    expect(found).toContainEqual({ kind: 'inserted', event: ids[6], seal: '1' });
    expect(found).toContainEqual({ kind: 'moved', event: ids[6], seal: '2' });
  });

  it('an event that is written or changed by another hand before its seal is named', async () => {
    const [changed] = await world.record(1);
    const id = newId('evt');
    await insert(id, ', mark', `, '\\x00112233445566778899aabbccddeeff'`);
    await world.sql(`UPDATE audit_event SET app_id = 'app_other' WHERE id = $1`, [changed]);
    await world.seal();
    expect(await named()).toEqual([
      { kind: 'forged', event: changed, seal: '4' },
      { kind: 'forged', event: id, seal: '4' },
    ]);
    expect(world.logged()).toContain('another hand has written or changed it');
  });

  it('an event without a mark is named, except in the first day of the chain', async () => {
    const id = newId('evt');
    await insert(id);
    await world.seal();
    expect(await named()).toEqual([]);
    const day = 25 * 3_600_000;
    const { seals, ...source } = createDatabaseSource(world.pool, {}, () => undefined);
    async function* later() {
      for await (const { seal, rows } of seals())
        yield seal.seq < 4n
          ? { seal, rows }
          : { seal: { ...seal, closedAt: new Date(seal.closedAt.getTime() + day) }, rows };
    }
    const { findings } = await world.verify({ source: { ...source, seals: later } });
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'unmarked', event: id }));
  });
});

describe('seals', () => {
  it('changed ones are named', async () => {
    await world.sql(`UPDATE audit_seal SET kind = 'restored' WHERE seq = 1`);
    await world.sql(`UPDATE audit_seal SET closed_at = now() + interval '1 hour' WHERE seq = 2`);
    await world.sql(`UPDATE audit_seal SET note = '{"by":"me"}' WHERE seq = 3`);
    expect(await named()).toEqual(['1', '2', '3'].map((seal) => ({ kind: 'seal', event: undefined, seal })));
  });

  it('one that is calculated again without the key is named', async () => {
    await world.sql('DELETE FROM audit_event WHERE id = $1', [ids[8]]);
    const [last] = await createSealStore(world.pool).seals(2n, 1);
    if (!last) throw new Error('the third seal is missing');
    const lines = last.lines.subarray(0, 66);
    const hash = hashOfSeal({ ...last, lines, events: 2 });
    await world.sql('UPDATE audit_seal SET lines = $1, events = 2, hash = $2 WHERE seq = 3', [
      Buffer.from(lines),
      Buffer.from(hash),
    ]);
    const { findings } = await world.verify();
    expect(findings).toContainEqual(
      expect.objectContaining({ seal: '3', text: 'its signature is not of our key' }),
    );
  });

  it('missing ones are named', async () => {
    await world.sql('DELETE FROM audit_seal WHERE seq = 2');
    const { findings } = await world.verify();
    expect(findings.map(({ text }) => text)).toContain('the seals 2 to 2 are missing');
  });

  it('a missing beginning is named', async () => {
    await world.sql('DELETE FROM audit_seal WHERE seq = 1');
    const { findings } = await world.verify();
    expect(findings.map(({ text }) => text).join()).toContain('the beginning of the chain is missing');
  });

  it('renumbered ones are named', async () => {
    await world.sql('UPDATE audit_seal SET seq = seq + 7 WHERE seq = 3');
    const { findings } = await world.verify();
    expect(findings.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['the seals 3 to 9 are missing', 'it was changed: its hash does not match']),
    );
  });

  it('a cut end is named by a head from outside, also after the chain has grown again', async () => {
    const heads = await world.heads();
    await world.sql('DELETE FROM audit_seal WHERE seq = 3');
    await world.sql('DELETE FROM audit_event WHERE id = ANY ($1)', [ids.slice(7)]);
    await world.record(2);
    await world.seal();
    expect((await world.verify()).findings).toEqual([]);
    const { findings } = await world.verify({ heads });
    expect(findings).toEqual([expect.objectContaining({ kind: 'head', seal: '3' })]);
  });

  it('ones that a stranger has signed with a key of an unknown name vouch for nothing', async () => {
    await world.sql(`UPDATE audit_seal SET key_id = 'stranger' WHERE seq = 3`);
    const { findings } = await world.verify();
    expect(findings.map(({ text }) => text).join()).toContain('not signed with a configured key');
  });
});
