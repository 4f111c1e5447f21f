import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { rolledUp } from '../support/rolled-up.ts';
import { type ConsoleVisitor, visitConsole } from './console-visitor.ts';
import { createStage, type Stage } from './stage.ts';

let stage: Stage;
let owner: ConsoleVisitor;

beforeAll(async () => {
  stage = await createStage();
  const { broker, database } = stage.world;
  await rolledUp(broker.reporting, database.pool);
  await broker.reporting.census.take();
  owner = await visitConsole(stage.world, { role: 'owner', user: 'ada' });
});

describe('the overview', () => {
  it('draws the grants in trouble and those that end soon, as counted', async () => {
    const { pool } = stage.world.database;
    await pool.query(`UPDATE vault_entry SET ends_at = now() + interval '30 hours' WHERE state = 'active'`);
    await stage.world.adopt();
    const { html } = await owner.open('/console');
    const figure = (title: string) =>
      html.split('<figure').find((one) => one.includes(`<h2>${title}</h2>`)) ?? '';
    const trouble = figure('Grants in trouble');
    expect(trouble).toMatch(/Needs the person <b>1<\/b>/);
    expect(trouble).toContain('href="/console/identities?state=reauthorization_required"');
    const ending = figure('Grants that end in the next 14 days');
    expect(ending.match(/<rect/g)).toHaveLength(1);
    const [, link = ''] = /href="(\/console\/identities\?ends_within=[^"]+)"/.exec(ending) ?? [];
    expect((await owner.open(link.replaceAll('&amp;', '&'))).text).toContain('Ada Okafor');
  });

  it('lists what needs an admin, each with a link to a page that shows it', async () => {
    const { pool } = stage.world.database;
    await pool.query(
      `INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, version, state, next_at, created_at)
       VALUES ('dep_00000000000000000000000001', 'idn_1', $1, 'con_1', 'github', 'github', 1, 'gave_up', now(), now())`,
      [stage.people.sam],
    );
    await adminClient(stage.world)('GET', '/me');
    const page = await owner.open('/console');
    const list = /<section class="card attention.*?<\/section>/s.exec(page.html)?.[0] ?? '';
    expect(list).toContain('1 grants could not be ended at github');
    expect(list).toContain('ADMIN_API_TOKEN');
    const links = [...list.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));
    expect(links).toContain('/console/leaving?state=gave_up&connection=github');
    for (const link of links) expect([link, (await owner.open(link)).status]).toEqual([link, 200]);
    const leaving = await owner.open('/console/leaving?state=gave_up&connection=github');
    expect(leaving.html).toContain(stage.people.sam);
  });
});
