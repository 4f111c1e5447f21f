import { z } from 'zod';
import type { Identity } from '../identities/identities.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { RevocationOutcome } from '../vault/upstream-revocation/queued-revocation.ts';
import { requireAuthorityOver } from './authorize.ts';
import { adminIdentityAnswer, describeForAdmin } from './identity-shapes.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { requireRefreshed } from './refresh-outcome.ts';
import { timePosition } from './shapes.ts';
import { revealQuery, type Sight, sightOf } from './sight.ts';
import { findUser } from './users.ts';

const outcome = z
  .enum(['revoked', 'unsupported', 'superseded', 'retrying', 'gave_up', 'nothing_held'])
  .describe('retrying: the provider is asked again, see `departures`');
const outcomeText = (revocation: RevocationOutcome): z.infer<typeof outcome> =>
  revocation === 'nothing held' ? 'nothing_held' : revocation;

const revocationAnswer = z
  .object({ outcome, identity: adminIdentityAnswer })
  .meta({ id: 'RevocationOutcome' });

const askedAnswer = z
  .object({
    outcome: z
      .enum(['asked', 'ended_already', 'nothing_held'])
      .describe('ended_already: the person is asked for another reason. nothing_held: no token is stored'),
    identity: adminIdentityAnswer,
  })
  .meta({ id: 'AskedAgain' });

const tag = 'Linked identities';
const itemPath = '/users/{user}/identities/{identity}';

/** A user's identities, with the health of each token. */
export function userIdentityOperations(deps: AdminDeps): readonly Operation[] {
  const { identities, connections, upstreamRevocations, vault, offboarding, events } = deps;

  async function identitiesOf(userId: string) {
    const { id } = await findUser(deps, userId);
    const pairs = await Promise.all(
      (await identities.allOfUser(id)).map(async (identity) => {
        const connection = await connections.findById(identity.connectionId);
        return connection ? [{ identity, connection }] : [];
      }),
    );
    return pairs.flat();
  }

  async function describeAll(pairs: readonly { identity: Identity; connection: Connection }[], show: Sight) {
    const ids = pairs.map(({ identity, connection }) => ({ id: identity.id, connection }));
    const health = await vault.health(ids);
    return pairs.map(({ identity, connection }) =>
      show(describeForAdmin(identity, connection, health.get(identity.id))),
    );
  }

  async function find(userId: string, identityId: string) {
    const found = (await identitiesOf(userId)).find(({ identity }) => identity.id === identityId);
    if (!found) throw new Problem('identity_not_found');
    return found;
  }

  /** Returns the identity as it is now, after a change. */
  async function describeNow(userId: string, identityId: string, show: Sight = (whole) => whole) {
    const [answer] = await describeAll([await find(userId, identityId)], show);
    if (!answer) throw new Problem('identity_not_found');
    return answer;
  }

  return [
    operation({
      method: 'get',
      path: '/users/{user}/identities',
      needs: 'people:read',
      tag,
      summary: 'List what a user has linked',
      query: pageQuery.extend(revealQuery.shape),
      answer: listAnswer('AdminIdentityList', adminIdentityAnswer),
      status: 200,
      problems: ['not_found'],
      handle: async ({ param, query, caller }) => {
        const found = await identitiesOf(param('user'));
        const show = await sightOf(deps, caller, { userId: param('user'), reveal: query.reveal });
        const all = await describeAll(found, show);
        return await readPage({
          query,
          position: timePosition('idn'),
          positionOf: ({ linked_at: at, id }: (typeof all)[number]) => ({ at, id }),
          read: async (limit, after) => all.filter((one) => !after || isLater(one, after)).slice(0, limit),
          describe: (one) => one,
        });
      },
    }),
    operation({
      method: 'get',
      path: itemPath,
      needs: 'people:read',
      tag,
      summary: 'Read a linked identity',
      query: revealQuery,
      answer: adminIdentityAnswer,
      status: 200,
      problems: ['not_found', 'identity_not_found'],
      async handle({ param, query, caller }) {
        const { identity } = await find(param('user'), param('identity'));
        const { userId, id: identityId } = identity;
        const show = await sightOf(deps, caller, { userId, identityId, reveal: query.reveal });
        return await describeNow(userId, identityId, show);
      },
    }),
    operation({
      method: 'post',
      path: `${itemPath}/refresh`,
      needs: 'people:help',
      tag,
      summary: 'Refresh its token now',
      answer: adminIdentityAnswer,
      status: 200,
      problems: [
        'not_found',
        'identity_not_found',
        'reauthorization_required',
        'too_many_requests',
        'provider_error',
        'provider_unavailable',
      ],
      async handle({ param, caller, reason }) {
        const { identity, connection } = await find(param('user'), param('identity'));
        const { id: identityId, userId, subject } = identity;
        requireAuthorityOver(caller, await findUser(deps, userId));
        const target = { identityId, userId, subject, connection };
        // The vault's own event may be another caller's, whose refresh this one joins.
        const about = { userId, identityId, connection: connection.alias };
        await events.record({ type: 'token.refresh_requested', ...about, ...withReason(reason) });
        requireRefreshed(await vault.refreshNow(target));
        return await describeNow(identity.userId, identity.id);
      },
    }),
    operation({
      method: 'post',
      path: `${itemPath}/revoke`,
      needs: 'people:help',
      tag,
      summary: 'Have the provider end its grant',
      description:
        'The identity stays linked, and what is held for it is shredded. The outcome says how the provider took it.',
      answer: revocationAnswer,
      status: 200,
      problems: ['not_found', 'identity_not_found'],
      async handle({ param, caller, reason }) {
        const { identity, connection } = await find(param('user'), param('identity'));
        const { id: identityId, userId, subject } = identity;
        requireAuthorityOver(caller, await findUser(deps, userId));
        const about = { userId, identityId, connection: connection.alias };
        await events.record({ type: 'token.revocation_requested', ...about, ...withReason(reason) });
        const revocation = await upstreamRevocations.revoke({ identityId, userId, connection, subject });
        return { outcome: outcomeText(revocation), identity: await describeNow(userId, identityId) };
      },
    }),
    operation({
      method: 'post',
      path: `${itemPath}/ask-again`,
      needs: 'people:help',
      tag,
      summary: 'Mark it, so that the person is asked to authorise again',
      description:
        'A retrieval answers `reauthorization_required` with the reason `requested_by_operator` and a link, until the person has signed in at the connection again. The grant at the provider and the stored tokens stay.',
      answer: askedAnswer,
      status: 200,
      problems: ['not_found', 'identity_not_found'],
      async handle({ param, caller, reason }) {
        const { identity, connection } = await find(param('user'), param('identity'));
        const { id: identityId, userId, subject } = identity;
        requireAuthorityOver(caller, await findUser(deps, userId));
        const about = { userId, identityId, connection: connection.alias };
        await events.record({ type: 'token.reauthorization_requested', ...about, ...withReason(reason) });
        const asked = await vault.askAgain({ identityId, userId, subject, connection });
        return { outcome: asked, identity: await describeNow(userId, identityId) };
      },
    }),
    operation({
      method: 'delete',
      path: itemPath,
      needs: 'people:help',
      tag,
      summary: 'Unlink an identity',
      description:
        'Its grant is ended at the provider, as far as it can be: see `departures`. A last way to sign in stays.',
      status: 204,
      problems: ['not_found', 'identity_not_found', 'last_identity'],
      async handle({ param, caller, reason }) {
        const { identity } = await find(param('user'), param('identity'));
        requireAuthorityOver(caller, await findUser(deps, identity.userId));
        await offboarding.unlinkIdentity({ userId: identity.userId, identityId: identity.id, reason });
      },
    }),
  ];
}

/** The header `Symbolon-Reason` is kept in the event. */
function withReason(reason: string | undefined) {
  return reason === undefined ? {} : { detail: { reason } };
}

/** Returns whether an identity comes after the cursor. The list is ordered by the time of linking, then by id. */
function isLater(
  { linked_at, id }: { readonly linked_at: string; readonly id: string },
  after: { readonly at: Date; readonly id: string },
): boolean {
  const difference = Date.parse(linked_at) - after.at.getTime();
  return difference > 0 || (difference === 0 && id > after.id);
}
