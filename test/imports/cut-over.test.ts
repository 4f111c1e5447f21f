import { beforeAll, expect, it } from 'vitest';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { hours, minutes } from '../../src/kit/clock.ts';
import { createImportWorld, fileOf, type ImportAsk, type ImportWorld, lines } from './import-world.ts';
import { createOldProduct, type OldProduct } from './old-product.ts';

// docs/importing.md, "Cutting over": an import while the old product runs, the difference after it has stopped, the switch.

const providers = ['gitlab', 'strict', 'google', 'github'];
const renewed = ['visitor-1', 'visitor-2', 'visitor-3'];
const tester = 'visitor-4';
const banned = 'visitor-5';
const quiet = 'visitor-6';
/** People who come while both products run: there first, and here first. */
const late = 'visitor-7';
const early = 'visitor-8';
const everyone = [...renewed, tester, banned, quiet, late, early];

let world: ImportWorld;
let old: OldProduct;

beforeAll(async () => {
  world = await createImportWorld();
  old = createOldProduct(world);
});

/** Imports dry and for real. Both have to say the same. */
async function take(ask: ImportAsk = {}) {
  const file = await fileOf(lines(old.export()));
  const dry = await world.run(file, readBetterAuthUser, { ...ask, dry: true });
  const done = await world.run(file, readBetterAuthUser, ask);
  expect([done.tally, done.left]).toEqual([dry.tally, dry.left]);
  return done;
}

/** Retrieves the token that an app gets, and uses it at the provider. */
async function worksAtProvider(userId: string, alias: string): Promise<boolean> {
  const token = await world.fresh(userId, alias);
  if (token.kind !== 'token') return false;
  const { upstream, registration } = await world.connection(alias);
  const { userinfo = '' } = registration.endpoints;
  const { accessToken } = token;
  return await upstream.probeToken({ accessToken, origins: [new URL(userinfo).origin] });
}

it('two imports bring over all people and living tokens of a product that runs until the switch', async () => {
  for (const person of [...renewed, tester, banned, quiet]) await old.signIn(person, ...providers);
  const first = await take();
  expect(first.tally).toMatchObject({ users: { new: 6 }, tokens: { new: 24 } });

  // Both products run.
  world.clock.advance(minutes(20));
  for (const person of renewed) {
    await old.refresh(person, 'gitlab');
    await old.refresh(person, 'strict');
    await old.signIn(person, 'github');
  }
  await old.signIn(late, ...providers);
  for (const alias of providers) await world.signIn(alias, tester);
  await world.signIn('github', banned);
  const { userId: earlyId } = await world.signIn('gitlab', early);
  world.clock.advance(minutes(20));
  await old.signIn(early, 'gitlab', 'google');
  old.ban(banned);

  // The old product stops.
  const exportedAt = world.clock.now();
  world.clock.advance(minutes(5));
  const second = await take({ exportedAt });
  expect(second.tally).toMatchObject({
    users: { new: 1, known: 7, left: 0 },
    blocked: { disabled: 1 },
    // New: four of the late person, and Google's of the early one. Replaced: three of each of the three people.
    tokens: { new: 5, replaced: 9, kept: 16 },
  });
  const reasons = second.left.map(({ user, connection, reason }) => `${user} ${connection} ${reason}`);
  expect(new Set(reasons)).toEqual(
    new Set([
      ...['gitlab', 'strict', 'github'].map((alias) => `${tester} ${alias} stored_from_sign_in`),
      `${banned} github stored_from_sign_in`,
      `${early} gitlab stored_from_sign_in`,
    ]),
  );
  expect(second.ids.get(early)).toBe(earlyId);
  for (const [ref, userId] of first.ids) expect(second.ids.get(ref)).toBe(userId);
  const settled = await world.contents();
  expect((await take({ exportedAt })).tally.tokens).toMatchObject({ new: 0, replaced: 0 });
  expect(await world.contents()).toEqual(settled);

  // The switch: hours later, apps retrieve all tokens, and everyone signs in here.
  world.clock.advance(hours(3));
  const idOf = (person: string) => second.ids.get(person) ?? '';
  for (const person of everyone) {
    const aliases = person === early ? ['gitlab', 'google'] : providers;
    for (const alias of aliases)
      expect(await worksAtProvider(idOf(person), alias), `${person} at ${alias}`).toBe(true);
  }
  for (const person of everyone.filter((one) => one !== banned))
    for (const alias of person === early ? ['gitlab', 'google'] : providers)
      expect((await world.signIn(alias, person)).userId).toBe(idOf(person));
  await expect(world.signIn('gitlab', banned)).rejects.toThrow('This account is disabled.');
  expect(await world.database.prisma.user.count()).toBe(everyone.length);
});
