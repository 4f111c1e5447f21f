import { z } from 'zod';
import { type Api, apiChanges, newApi } from '../issuance/registry/api.ts';
import { boundedFacts, changesBetween, type Facts } from '../kit/events/changes.ts';
import { Problem } from '../kit/problem.ts';
import { passedOverIn } from '../kit/versions.ts';
import { requirePermission } from './authorize.ts';
import type { AdminCaller } from './caller.ts';
import { editedFields, editOf, managedByField, withBothSides } from './edits.ts';
import { withApiNames } from './field-names.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { idPosition, idText, isoTime, secretAnswer } from './shapes.ts';

const { shape } = apiChanges;

const fields = {
  scopes: shape.scopes,
  access_token_format: shape.accessTokenFormat,
  signing_alg: shape.signingAlg.describe('Of its JWTs'),
  access_token_lifetime: shape.accessTokenLifetime.describe('Seconds'),
  browser_access_token_lifetime: shape.browserAccessTokenLifetime.describe(
    'Seconds, of a token for an app of the type spa; null: the same',
  ),
  first_party_skips_consent: shape.firstPartySkipsConsent.describe(
    'False: the users of first-party apps are asked too',
  ),
};

const apiChangeBody = z
  .strictObject({ name: shape.name, ...fields, managed_by: managedByField })
  .meta({ id: 'ApiChange' });

const newApiBody = z
  .strictObject({ identifier: newApi.shape.identifier, name: newApi.shape.name, ...fields })
  .meta({ id: 'NewApi' });

const apiAnswer = z
  .object({
    id: z.string(),
    identifier: z.string().describe('The audience of its tokens'),
    name: z.string(),
    scopes: z.array(z.object({ name: z.string(), description: z.string() })),
    access_token_format: z.enum(['jwt', 'opaque']),
    signing_alg: shape.signingAlg.unwrap(),
    access_token_lifetime: z.number().int(),
    browser_access_token_lifetime: z.number().int().nullable(),
    first_party_skips_consent: z.boolean(),
    has_secret: z.boolean().describe('It can authenticate, with its id and secret, to introspect'),
    ...editedFields,
    created_at: isoTime,
  })
  .meta({ id: 'Api' });

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
          describe,
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
      async handle({ body, edit }) {
        const { identifier, name } = body;
        const input = { identifier, ...changesOf(body), name };
        const api = await withApiNames(apis.create(input, editOf({ edit })));
        const facts = { identifier, scopes: api.scopes.map((scope) => scope.name) };
        await events.record({ type: 'api.created', detail: { api: api.id, ...boundedFacts(facts) } });
        return describe(api);
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
      handle: async ({ param }) => describe(await find(param('api'))),
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
      async handle({ param, body, caller, edit: given }) {
        const before = await findToChange(param('api'), caller);
        const { id } = before;
        const work = async () => {
          const edit = editOf({ edit: given, body }, before);
          return { edit, api: await withApiNames(apis.update(id, changesOf(body), edit)) };
        };
        const theirs = async () => describe(await find(id));
        const { api, edit } = await withBothSides(work, { mine: body, theirs });
        const changes = changesBetween(factsOf(before), factsOf(api));
        const detail = { api: id, fields: Object.keys(body), changes, ...passedOverIn(edit) };
        await events.record({ type: 'api.changed', detail });
        return describe(api);
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
      async handle({ param, caller, edit }) {
        const api = await findToChange(param('api'), caller);
        const { id } = api;
        const passed = passedOverIn(editOf({ edit }, api));
        await apis.remove(id);
        await events.record({ type: 'api.removed', detail: { api: id, ...passed } });
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
      async handle({ param, caller, edit: given }) {
        const api = await findToChange(param('api'), caller);
        const { id } = api;
        const edit = editOf({ edit: given }, api);
        const secret = await apis.rotateSecret(id, edit);
        const detail = { api: id, ...passedOverIn(edit) };
        await events.record({ type: 'api.secret_rotated', detail });
        return { client_id: id, client_secret: secret.reveal() };
      },
    }),
  ];
}

function changesOf(body: Omit<z.output<typeof apiChangeBody>, 'managed_by'>) {
  return {
    name: body.name,
    scopes: body.scopes,
    accessTokenFormat: body.access_token_format,
    signingAlg: body.signing_alg,
    accessTokenLifetime: body.access_token_lifetime,
    browserAccessTokenLifetime: body.browser_access_token_lifetime,
    firstPartySkipsConsent: body.first_party_skips_consent,
  };
}

/** Returns an API as events name it. */
function factsOf(api: Api): Facts {
  const { id: _, created_at, version, scopes, ...fields } = describe(api);
  return {
    ...fields,
    scopes: Object.fromEntries(scopes.map(({ name, description }) => [name, description])),
  };
}

function describe(api: Api): z.input<typeof apiAnswer> {
  return {
    id: api.id,
    identifier: api.identifier,
    name: api.name,
    scopes: api.scopes.map((scope) => ({ ...scope })),
    access_token_format: api.accessTokenFormat,
    signing_alg: api.signingAlg,
    access_token_lifetime: api.accessTokenLifetime,
    browser_access_token_lifetime: api.browserAccessTokenLifetime,
    first_party_skips_consent: api.firstPartySkipsConsent,
    has_secret: api.hasSecret,
    version: api.version,
    managed_by: api.managedBy,
    created_at: api.createdAt.toISOString(),
  };
}
