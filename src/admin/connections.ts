import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import { connectionChange, newConnection } from '../login/connection-input.ts';
import type { Connection } from '../login/connections.ts';
import { checkLine, connectionWithHealth, describeWithHealth, healthQuery } from './connection-health.ts';
import { connectionAnswer, describeConnection, secretFieldsOf } from './connection-shapes.ts';
import { requireDangerous } from './dangerous-change.ts';
import { editOf, withBothSides } from './edits.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { idPosition, idText, searchText, several } from './shapes.ts';

const removalAnswer = z
  .object({
    identities: z.number().int().describe('Linked with it, and gone'),
    grants: z.number().int().describe('Of these, held and now being ended at the provider: see `departures`'),
    people: z.number().int().describe('Without another linked account: they can no longer sign in'),
    dry_run: z.boolean().describe('Only counted, nothing was removed'),
  })
  .meta({ id: 'ConnectionRemoval' });

const checkAnswer = z
  .object({
    ok: z.boolean().describe('Nothing is to be fixed'),
    checks: z.array(checkLine),
  })
  .meta({ id: 'ConnectionCheck' });

const listQuery = pageQuery.extend({
  q: searchText.optional().describe('Part of the alias, of a display name, or of the provider’s name'),
  provider: several(z.string().max(64), 'Providers'),
  enabled: z.enum(['true', 'false']).optional(),
  managed_by: searchText.optional().describe('Part of the name of the tool that keeps it'),
  ...healthQuery,
});

const removalQuery = z.strictObject({ dry_run: z.enum(['true', 'false']).optional() });

const tag = 'Connections';

/** Registrations at providers. An item is named by its alias or its id. */
export function connectionOperations(deps: AdminDeps): readonly Operation[] {
  const { connections, offboarding, events } = deps;
  async function find(ref: string): Promise<Connection> {
    const isPossibleRef = idText.safeParse(ref).success;
    const found = isPossibleRef && ((await connections.findNow(ref)) ?? (await connections.findById(ref)));
    if (!found) throw new Problem('not_found');
    return found;
  }

  return [
    operation({
      method: 'get',
      path: '/connections',
      needs: 'configuration:read',
      tag,
      summary: 'List connections',
      query: listQuery,
      answer: listAnswer('ConnectionList', connectionWithHealth),
      status: 200,
      problems: [],
      async handle({ query, caller }) {
        const matching = (await connections.all()).filter((one) => matches(one, query));
        const page = await readPage({
          query,
          position: idPosition,
          positionOf: ({ id }: Connection) => ({ id }),
          read: async (limit, after) => afterItem(matching, after?.id).slice(0, limit),
          describe: (one) => one,
        });
        return { ...page, items: await describeWithHealth(deps, page.items, { query, caller }) };
      },
    }),
    operation({
      method: 'post',
      path: '/connections',
      needs: 'configuration:change',
      edits: true,
      large: true,
      tag,
      summary: 'Add a connection',
      body: newConnection,
      answer: connectionAnswer,
      status: 201,
      problems: ['conflict'],
      handle: async ({ body, edit, reason }) =>
        describeConnection(await connections.create(body, editOf({ edit, reason }))),
    }),
    operation({
      method: 'get',
      path: '/connections/{connection}',
      needs: 'configuration:read',
      tag,
      summary: 'Read a connection',
      query: z.strictObject(healthQuery),
      answer: connectionWithHealth,
      status: 200,
      problems: ['not_found'],
      async handle({ param, query, caller }) {
        const found = [await find(param('connection'))];
        const [one] = await describeWithHealth(deps, found, { query, caller });
        if (!one) throw new Problem('not_found');
        return one;
      },
    }),
    operation({
      method: 'patch',
      path: '/connections/{connection}',
      needs: 'configuration:change',
      edits: true,
      large: true,
      dangerous: true,
      tag,
      summary: 'Change a connection',
      description:
        'Endpoints that change, or options that decide them, need the present `client_secret`; a new secret is a change of its own. Endpoints that move to another origin need a `reason` and come without other fields: stored tokens are not sent there, their people authorize again, and the audit records `connection.origin_changed`. Where the issuer changes, linked accounts stay whose they are as long as token, userinfo, jwks and api are the same; where one of those changes too, 409 tells how many there are until `move_identities` says whether it is the same provider. The audit records the change as `connection.issuer_changed`.',
      body: connectionChange,
      answer: connectionAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle(call) {
        const { body } = call;
        const before = await find(call.param('connection'));
        const { alias } = before;
        if (body.end_sessions && body.enabled !== false) throw endSessionsMisplaced();
        const confirm = () => requireDangerous(call, { reason: 'always' });
        const work = async () =>
          connections.change(
            alias,
            body,
            confirm,
            editOf({ edit: call.edit, reason: call.reason, body }, before),
          );
        const theirs = async () => describeConnection(await find(alias));
        const { logo: _, api_description: _document, ...mine } = body;
        const secrets = secretFieldsOf(before);
        const changed = await withBothSides(work, { mine, secrets, theirs });
        if (body.end_sessions) await offboarding.endSessionsOfConnection(alias);
        return describeConnection(changed);
      },
    }),
    operation({
      method: 'post',
      path: '/connections/{connection}/check',
      needs: 'configuration:change',
      tag,
      summary: 'Try a connection',
      description:
        'Everything that can be tried without a person who signs in: what was entered, the redirect URI, published addresses and keys, the token endpoint with a made-up code, the clock.',
      answer: checkAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param }) {
        const connection = await find(param('connection'));
        const checks = await connections.check(connection);
        const faults = checks.filter(({ verdict }) => verdict === 'to-fix').map(({ check }) => check);
        const detail = { to_fix: faults };
        await events.record({ type: 'connection.checked', connection: connection.alias, detail });
        return { ok: checks.every(({ verdict }) => verdict !== 'to-fix'), checks: [...checks] };
      },
    }),
    operation({
      method: 'delete',
      path: '/connections/{connection}',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Remove a connection',
      description:
        'What people have linked with it goes too, and the provider is asked to end their grants. Consents and grants of apps for it end, and so do the sessions that began there: at once, or over some minutes where there are very many. A later connection of the same alias gets nothing of them. With `dry_run=true` all is counted and nothing removed. To stop its use and keep that, disable it.',
      query: removalQuery,
      answer: removalAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, query, edit, reason }) {
        const before = await find(param('connection'));
        const { alias } = before;
        const passing = editOf({ edit, reason }, before);
        const dry_run = query.dry_run === 'true';
        const counts = dry_run
          ? offboarding.previewRemoval(alias)
          : offboarding.removeConnection(alias, passing);
        return { ...(await counts), dry_run };
      },
    }),
  ];
}

function matches(
  { alias, connector: { provider, title }, displayName, enabled, managedBy }: Connection,
  query: z.output<typeof listQuery>,
): boolean {
  const names = [alias, provider, ...Object.values(title), ...Object.values(displayName ?? {})];
  const has = (text: string | null | undefined, part: string) =>
    text?.toLowerCase().includes(part.toLowerCase()) ?? false;
  const { q, managed_by: keeper } = query;
  return (
    (q === undefined || names.some((name) => has(name, q))) &&
    (query.provider?.includes(provider) ?? true) &&
    (query.enabled === undefined || String(enabled) === query.enabled) &&
    (keeper === undefined || has(managedBy, keeper))
  );
}

function endSessionsMisplaced(): Problem {
  const message = 'goes together with enabled: false';
  return new Problem('invalid_body', {
    detail: `end_sessions: ${message}`,
    members: { errors: [{ path: 'end_sessions', message }] },
  });
}

/** Returns the part of the list after this item. If the item was removed meanwhile, the list starts again. */
function afterItem(list: readonly Connection[], afterId: string | undefined): readonly Connection[] {
  return afterId === undefined ? list : list.slice(list.findIndex(({ id }) => id === afterId) + 1);
}
