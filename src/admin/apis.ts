import type { Api } from '../issuance/registry/api.ts';
import { boundedFacts, changesBetween } from '../kit/events/changes.ts';
import { Problem } from '../kit/problem.ts';
import { remarksIn } from '../kit/versions.ts';
import { apiAnswer, apiChangeBody, apiChangesOf, apiFacts, describeApi, newApiBody } from './api-shapes.ts';
import { requirePermission } from './authorize.ts';
import type { AdminCaller } from './caller.ts';
import { editOf, withBothSides } from './edits.ts';
import { withApiNames } from './field-names.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { idPosition, idText, secretAnswer } from './shapes.ts';

const tag = 'APIs';

/** Resource servers that accept the broker's access tokens. */
export function apiOperations({ issuance: { apis }, events, issuer }: AdminDeps): readonly Operation[] {
  async function find(id: string): Promise<Api> {
    const api = idText.safeParse(id).success ? await apis.get(id) : undefined;
    if (!api) throw new Problem('not_found');
    return api;
  }

  /** Only owners change the admin API itself: its scopes and lifetimes decide who administers. @throws Problem forbidden */
  async function findToChange(id: string, caller: AdminCaller): Promise<Api> {
    const api = await find(id);
    if (api.identifier === `${issuer}/admin/v1`) requirePermission(caller, 'admins:change');
    return api;
  }

  return [
    operation({
      method: 'get',
      path: '/apis',
      needs: 'configuration:read',
      tag,
      summary: 'List APIs',
      query: pageQuery,
      answer: listAnswer('ApiList', apiAnswer),
      status: 200,
      problems: [],
      handle: ({ query }) =>
        readPage({
          query,
          position: idPosition,
          positionOf: ({ id }: Api) => ({ id }),
          read: (limit, after) => apis.list({ limit, cursor: after?.id }),
          describe: describeApi,
        }),
    }),
    operation({
      method: 'post',
      path: '/apis',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Register an API',
      body: newApiBody,
      answer: apiAnswer,
      status: 201,
      problems: ['conflict'],
      async handle({ body, edit, reason }) {
        const { identifier, name } = body;
        const input = { identifier, ...apiChangesOf(body), name };
        const passing = editOf({ edit, reason });
        const api = await withApiNames(apis.create(input, passing));
        const facts = { identifier, scopes: api.scopes.map((scope) => scope.name) };
        await events.record({
          type: 'api.created',
          detail: { api: api.id, ...boundedFacts(facts), ...remarksIn(passing) },
        });
        return describeApi(api);
      },
    }),
    operation({
      method: 'get',
      path: '/apis/{api}',
      needs: 'configuration:read',
      tag,
      summary: 'Read an API',
      answer: apiAnswer,
      status: 200,
      problems: ['not_found'],
      handle: async ({ param }) => describeApi(await find(param('api'))),
    }),
    operation({
      method: 'patch',
      path: '/apis/{api}',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Change an API',
      body: apiChangeBody,
      answer: apiAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, body, caller, edit: given, reason }) {
        const before = await findToChange(param('api'), caller);
        const { id } = before;
        const work = async () => {
          const edit = editOf({ edit: given, reason, body }, before);
          return { edit, api: await withApiNames(apis.update(id, apiChangesOf(body), edit)) };
        };
        const theirs = async () => describeApi(await find(id));
        const { api, edit } = await withBothSides(work, { mine: body, theirs });
        const changes = changesBetween(apiFacts(before), apiFacts(api));
        const detail = { api: id, fields: Object.keys(body), changes, ...remarksIn(edit) };
        await events.record({ type: 'api.changed', detail });
        return describeApi(api);
      },
    }),
    operation({
      method: 'delete',
      path: '/apis/{api}',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Remove an API',
      status: 204,
      problems: ['not_found'],
      async handle({ param, caller, edit, reason }) {
        const api = await findToChange(param('api'), caller);
        const { id } = api;
        const passing = editOf({ edit, reason }, api);
        if (!(await apis.remove(id, passing))) throw new Problem('not_found');
        await events.record({ type: 'api.removed', detail: { api: id, ...remarksIn(passing) } });
      },
    }),
    operation({
      method: 'post',
      path: '/apis/{api}/secret',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Make or replace the secret of an API',
      description:
        'With its id as `client_id` and this secret the API may introspect the tokens meant for it. The old secret stops working at once; the new one is shown this once.',
      answer: secretAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, caller, edit: headers, reason, given }) {
        const api = await findToChange(param('api'), caller);
        const { id } = api;
        const edit = editOf({ edit: headers, reason }, api);
        const secret = await apis.rotateSecret(id, edit, given.secret);
        const detail = { api: id, ...remarksIn(edit) };
        await events.record({ type: 'api.secret_rotated', detail });
        return { client_id: id, client_secret: secret.reveal() };
      },
    }),
  ];
}
