import { beforeAll, describe, expect, it } from 'vitest';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;
const minute = 60_000;

beforeAll(async () => {
  rig = await createRig();
});

const use = (person: { userId: string; identityId: string }, appId: string, detail = {}, age = 0) =>
  ({ type: 'token.retrieved', ...person, appId, connection: 'work', detail, age }) as const;

describe('the uses of a person', () => {
  it('name app, times, last time, reason and presence, also before they are rolled up', async () => {
    const person = await rig.person();
    await rig.record(
      use(person, 'app_mail', { background: true, reason: 'nightly sync' }, 10 * 86_400_000),
      use(person, 'app_mail', { background: false }, 3 * minute),
      use(person, 'app_notes', { background: true, reason: 'backup' }, minute),
    );
    const expected = [
      { appId: 'app_notes', times: 1, timesThisWeek: 1, lastReason: 'backup', lastAway: true },
      { appId: 'app_mail', times: 2, timesThisWeek: 1, lastReason: null, lastAway: false },
    ];
    const shown = async () => await rig.reporting.uses.ofUser(person.userId);
    expect(await shown()).toMatchObject(expected);
    await rig.rollUp();
    expect(await shown()).toMatchObject(expected);
    await rig.record(use(person, 'app_mail', { background: true, reason: 'again' }));
    const [latest] = await shown();
    expect(latest).toMatchObject({ appId: 'app_mail', times: 3, timesThisWeek: 2, lastReason: 'again' });
    expect(latest?.connectionId).toBe(rig.connectionId);
  });

  it('change no column of an index within the hour, also beside an earlier version', async () => {
    const person = await rig.person();
    const stored = async () => {
      const text = 'SELECT last_at, recent_at, times::int, last_reason FROM app_use WHERE user_id = $1';
      const [row] = await rig.rows<{ last_at: Date; recent_at: Date | null; last_reason: string }>(text, [
        person.userId,
      ]);
      return row;
    };
    const used = async (reason: string, minutes: number) => {
      await rig.record(use(person, 'app_mail', { reason }, minutes * minute));
      await rig.rollUp();
      return await stored();
    };
    const first = await used('first', 200);
    const second = await used('second', 150);
    expect(second).toMatchObject({ last_at: first?.last_at, times: 2, last_reason: 'second' });
    expect(Number(second?.recent_at) - Number(first?.last_at)).toBeGreaterThan(49 * minute);
    expect(await used('between', 170)).toMatchObject({ ...second, times: 3 });
    const third = await used('third', 100);
    expect(third?.last_at).toEqual(third?.recent_at);
    const [shown] = await rig.reporting.uses.ofUser(person.userId);
    expect(shown).toMatchObject({ times: 4, lastReason: 'third', lastAt: third?.recent_at });
    // A process of the version before.
    await rig.rows(`UPDATE app_use SET last_at = last_at + interval '30 minutes' WHERE user_id = $1`, [
      person.userId,
    ]);
    const [later] = await rig.reporting.uses.ofUser(person.userId);
    expect(Number(later?.lastAt) - Number(third?.last_at)).toBe(30 * minute);
    expect(await used('fourth', 50)).toMatchObject({ last_reason: 'fourth', times: 5 });
  });

  it('end with the identity, also where the process ended before its event', async () => {
    const [told, untold] = [await rig.person(), await rig.person()];
    await rig.record(use(told, 'app_mail'), use(untold, 'app_mail'));
    await rig.rollUp();
    await rig.database.prisma.identity.deleteMany({
      where: { id: { in: [told.identityId, untold.identityId] } },
    });
    expect(await rig.reporting.uses.ofUser(told.userId)).toEqual([]);
    // A use whose event is written after the end brings nothing back.
    await rig.record({ type: 'identity.unlinked', ...told }, use(told, 'app_mail'));
    await rig.rollUp();
    const left = 'SELECT 1 FROM app_use WHERE identity_id = ANY($1)';
    expect(await rig.rows(left, [[told.identityId, untold.identityId]])).toEqual([]);
  });

  it('end with an erased person', async () => {
    const person = await rig.person();
    await rig.record(use(person, 'app_mail'));
    await rig.rollUp();
    await rig.database.prisma.user.delete({ where: { id: person.userId } });
    await rig.record({ type: 'user.deleted', userId: person.userId });
    await rig.rollUp();
    expect(await rig.rows('SELECT 1 FROM app_use WHERE user_id = $1', [person.userId])).toEqual([]);
  });

  it('move with a merge', async () => {
    const [from, into] = [await rig.person(), await rig.person()];
    await rig.record(use(from, 'app_mail'), use(into, 'app_mail'));
    await rig.rollUp();
    await rig.database.prisma.identity.update({
      where: { id: from.identityId },
      data: { userId: into.userId },
    });
    await rig.record({ type: 'user.merged', userId: into.userId, detail: { from: from.userId } });
    expect(await rig.reporting.uses.ofUser(into.userId)).toHaveLength(2);
    await rig.rollUp();
    expect(await rig.reporting.uses.ofUser(into.userId)).toHaveLength(2);
    expect(await rig.rows('SELECT 1 FROM app_use WHERE user_id = $1', [into.userId])).toHaveLength(2);
  });
});

describe('a first use', () => {
  const announced = (userId: string) =>
    rig.rows<{ app_id: string; detail: unknown; actor_kind: string }>(
      `SELECT app_id, detail, actor_kind FROM audit_event WHERE type = 'app.first_use' AND user_id = $1 ORDER BY id`,
      [userId],
    );

  it('is recorded once for each app and account', async () => {
    const person = await rig.person();
    await rig.record(use(person, 'app_mail', { background: true }), use(person, 'app_notes'));
    await rig.rollUp();
    await rig.record(use(person, 'app_mail', { background: false }));
    await rig.rollUp();
    const events = await announced(person.userId);
    expect(events.map(({ app_id }) => app_id).sort()).toEqual(['app_mail', 'app_notes']);
    const mail = events.find(({ app_id }) => app_id === 'app_mail');
    expect(mail).toMatchObject({ actor_kind: 'app', detail: { away: true } });
  });

  it('of the time before the upgrade is not announced', async () => {
    const person = await rig.person();
    await rig.record(use(person, 'app_mail', {}, 30 * 86_400_000));
    await rig.rollUp();
    await rig.record(use(person, 'app_mail'));
    await rig.rollUp();
    expect(await announced(person.userId)).toEqual([]);
    expect(await rig.reporting.uses.ofUser(person.userId)).toMatchObject([{ times: 2 }]);
  });

  it('is new until the person has seen it', async () => {
    const person = await rig.person();
    await rig.record(use(person, 'app_mail'));
    await rig.rollUp();
    expect(await rig.reporting.uses.ofUser(person.userId)).toMatchObject([{ seenAt: null }]);
    await rig.reporting.uses.noteSeen(person.userId);
    await rig.record(use(person, 'app_mail'));
    await rig.rollUp();
    expect(await rig.reporting.uses.ofUser(person.userId)).toMatchObject([{ seenAt: rig.clock.now() }]);
  });
});

describe('the activity of a person', () => {
  it('is uses, refused tries and acts of operators, page by page', async () => {
    const person = await rig.person();
    const { userId, identityId } = person;
    const operator = { kind: 'person', id: 'usr_operator' } as const;
    await rig.record(
      use(person, 'app_mail', {}, 6 * minute),
      {
        type: 'token.refused',
        ...person,
        appId: 'app_notes',
        detail: { why: 'consent_required' },
        age: 5 * minute,
      },
      { type: 'token.refreshed', ...person, age: 4 * minute },
      { type: 'token.refresh_requested', ...person, actor: operator, age: 3 * minute },
      { type: 'consent.given', userId, actor: { kind: 'person', id: userId }, age: 2 * minute },
      { type: 'user.disabled', userId, actor: { kind: 'app', id: 'adt_script' }, age: minute },
    );
    const { activityOf } = rig.reporting.uses;
    const first = await activityOf(userId, { limit: 3 });
    expect(first.map(({ type }) => type)).toEqual([
      'user.disabled',
      'token.refresh_requested',
      'token.refused',
    ]);
    const rest = await activityOf(userId, { limit: 3, after: first.at(-1) });
    expect(rest.map(({ type }) => type)).toEqual(['token.retrieved']);
    const ofApp = await activityOf(userId, { limit: 9, app: 'app_mail', identity: identityId });
    expect(ofApp.map(({ type }) => type)).toEqual(['token.retrieved']);
    const since = new Date(Date.now() - 2.5 * minute);
    expect(await activityOf(userId, { limit: 9, since })).toHaveLength(1);
  });
});
