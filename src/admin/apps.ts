import { z } from 'zod';
import { type App, newApp } from '../issuance/registry/app.ts';
import { changesBetween } from '../kit/events/changes.ts';
import { Problem } from '../kit/problem.ts';
import { remarksIn } from '../kit/versions.ts';
import { appChangesOf } from './app-changes.ts';
import { appCreationDetail, appFacts } from './app-facts.ts';
import {
  appAnswer,
  appChangeBody,
  countedAppAnswer,
  createdAppAnswer,
  describeApp,
  mostConsents,
  newAppBody,
} from './app-shapes.ts';
import { requireForApp } from './background-change.ts';
import { editOf, withBothSides } from './edits.ts';
import { withApiNames } from './field-names.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { idPosition, idText, searchText, secretAnswer, several } from './shapes.ts';

const tag = 'Apps';

const counted = { counts: z.literal('yes').optional().describe('Adds counts to each app') };

const listQuery = pageQuery.extend({
  q: z.union([searchText, idText]).optional().describe('Part of a name, or a whole client id'),
  type: several(newApp.shape.type, 'Types'),
  first_party: z.enum(['true', 'false']).optional(),
  enabled: z.enum(['true', 'false']).optional(),
  connection: several(idText, 'Aliases, of which the policy names any'),
  registration: several(z.enum(['operator', 'document', 'dynamic']), 'Ways by which it came'),
  domain: searchText.optional().describe('The domain of its metadata document'),
  managed_by: searchText.optional().describe('Part of the name of the tool that keeps it'),
  removed: z.enum(['true', 'false']).optional().describe('true: those that were removed and can be restored'),
  ...counted,
});

const truth = (text: 'true' | 'false' | undefined) => text && text === 'true';

/** Client apps. */
export function appOperations({ issuance, events, issuer, decisions }: AdminDeps): readonly Operation[] {
  const { apps } = issuance;
  const adminApi = `${issuer}/admin/v1`;

  async function find(id: string): Promise<App> {
    const app = idText.safeParse(id).success ? await apps.get(id) : undefined;
    if (!app) throw new Problem('not_found');
    return app;
  }

  async function withCounts<Item extends ReturnType<typeof describeApp>>(
    items: readonly Item[],
    counts: 'yes' | undefined,
  ) {
    if (!counts) return [...items];
    const ids = items.map(({ client_id: id }) => id);
    const found = await issuance.countConsents(ids, mostConsents);
    return items.map((item) => ({ ...item, consents: found.get(item.client_id) ?? 0 }));
  }

  return [
    operation({
      method: 'get',
      path: '/apps',
      needs: 'configuration:read',
      tag,
      summary: 'List apps',
      query: listQuery,
      answer: listAnswer('AppList', countedAppAnswer),
      status: 200,
      problems: [],
      async handle({ query }) {
        const { q, type, connection, first_party, enabled, managed_by, removed, counts } = query;
        const { registration: registrations, domain } = query;
        const names = { text: q, types: type, connections: connection, managedBy: managed_by };
        const filter = { ...names, registrations, domain };
        const flags = { firstParty: truth(first_party), enabled: truth(enabled), removed: truth(removed) };
        const page = await readPage({
          query,
          position: idPosition,
          positionOf: ({ id }: App) => ({ id }),
          read: (limit, after) => apps.list({ limit, cursor: after?.id, ...filter, ...flags }),
          describe: describeApp,
        });
        return { ...page, items: await withCounts(page.items, counts) };
      },
    }),
    operation({
      method: 'post',
      path: '/apps',
      needs: 'configuration:change',
      edits: true,
      dangerous: true,
      tag,
      summary: 'Register an app',
      description: 'The answer holds the client secret, this once.',
      body: newAppBody,
      answer: createdAppAnswer,
      status: 201,
      problems: [],
      async handle({ body, edit, given, ...call }) {
        const input = { ...appChangesOf(body), name: body.name, type: body.type };
        const reason = requireForApp(call, adminApi, { changes: input, newCredentials: false });
        const { app, clientSecret } = await withApiNames(apps.create(input, editOf({ edit, reason }), given));
        await events.record({
          type: 'app.created',
          appId: app.id,
          detail: { ...appCreationDetail(app), ...(reason !== undefined && { reason }) },
        });
        return { ...describeApp(app), client_secret: clientSecret?.reveal() ?? null };
      },
    }),
    operation({
      method: 'get',
      path: '/apps/{app}',
      needs: 'configuration:read',
      tag,
      summary: 'Read an app',
      query: z.strictObject(counted),
      answer: countedAppAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, query: { counts } }) {
        const [one] = await withCounts([describeApp(await find(param('app')))], counts);
        if (!one) throw new Problem('not_found');
        if (!counts) return one;
        const { pending: waiting, used } = await decisions.countOf(one.client_id);
        return { ...one, agent_calls: { waiting, done_today: used } };
      },
    }),
    operation({
      method: 'patch',
      path: '/apps/{app}',
      needs: 'configuration:change',
      edits: true,
      dangerous: true,
      tag,
      summary: 'Change an app',
      description:
        'An app that is switched off loses its tokens at once. Background access that it gains is a dangerous change: people and named tokens say why, and people have signed in within five minutes. So are other keys of an app that has it. Only owners change apps that get tokens of this API.',
      body: appChangeBody,
      answer: appAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, body: { reason: _given, ...body }, edit: given, ...call }) {
        const before = await find(param('app'));
        const { id } = before;
        const input = appChangesOf(body);
        const newCredentials = (body.jwks ?? null) !== null || (body.jwks_uri ?? null) !== null;
        const theirs = async () => describeApp(await find(id));
        const asked = { mine: body, theirs };
        const edit = await withBothSides(
          async () => editOf({ edit: given, reason: call.reason, body }, before),
          asked,
        );
        const reason = requireForApp(call, adminApi, { changes: input, before, newCredentials });
        const app = await withBothSides(() => withApiNames(apps.update(id, input, edit)), asked);
        const changes = changesBetween(appFacts(before), appFacts(app));
        await events.record({
          type: 'app.changed',
          appId: id,
          detail: {
            fields: Object.keys(body),
            changes,
            ...remarksIn({ ...edit, reason }),
          },
        });
        return describeApp(app);
      },
    }),
    operation({
      method: 'delete',
      path: '/apps/{app}',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Remove an app',
      description:
        'Its tokens are invalid at once, and it is nowhere to be seen. For 24 hours it can be restored; then it is deleted with its consents. One with a metadata document stays out until it is restored.',
      status: 204,
      problems: ['not_found'],
      async handle({ param, edit, reason }) {
        const before = await find(param('app'));
        const { id } = before;
        const passing = editOf({ edit, reason }, before);
        const detail = remarksIn(passing);
        if (!(await apps.remove(id, passing))) throw new Problem('not_found');
        await events.record({ type: 'app.removed', appId: id, detail });
      },
    }),
    operation({
      method: 'post',
      path: '/apps/{app}/restore',
      needs: 'configuration:change',
      tag,
      summary: 'Restore an app that was removed',
      description:
        'Possible for 24 hours, and for an app with a metadata document at any time. It comes back switched off, with its consents, its secret and without tokens. Switch it on with PATCH. People are asked again about one with a document.',
      answer: appAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, reason }) {
        const id = idText.safeParse(param('app'));
        if (!id.success) throw new Problem('not_found');
        const app = await apps.restore(id.data);
        await events.record({ type: 'app.restored', appId: app.id, detail: remarksIn({ reason }) });
        return describeApp(app);
      },
    }),
    operation({
      method: 'post',
      path: '/apps/{app}/secret',
      needs: 'configuration:change',
      edits: true,
      dangerous: true,
      tag,
      summary: 'Replace the client secret',
      description:
        'The old one stops working at once; the new one is shown this once. For an app with background access, or with tokens of this API, it is a dangerous change; the reason is in the header `Symbolon-Reason`.',
      answer: secretAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle({ param, edit: headers, given, ...call }) {
        const before = await find(param('app'));
        const { id } = before;
        const reason = requireForApp(call, adminApi, { changes: {}, before, newCredentials: true });
        const edit = editOf({ edit: headers, reason }, before);
        const secret = await apps.rotateSecret(id, edit, given.secret);
        const detail = remarksIn(edit);
        await events.record({ type: 'app.secret_rotated', appId: id, detail });
        return { client_id: id, client_secret: secret.reveal() };
      },
    }),
  ];
}
