import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import { requireAuthorityOver } from './authorize.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { roleOf } from './roles.ts';
import { isoTime } from './shapes.ts';
import { addressFor } from './sight.ts';
import { findUser } from './users.ts';

export const consentsAnswer = z
  .object({
    items: z.array(
      z.object({
        app: z.string(),
        name: z.string(),
        scopes: z.array(z.string()),
        given_at: isoTime,
        left_out: z.array(z.string()).describe('Optional scopes that the person has left without a tick'),
      }),
    ),
  })
  .meta({ id: 'ConsentsOfUser' });

const withdrawalQuery = z.strictObject({
  connection: z
    .string()
    .max(64)
    .optional()
    .describe('Withdraws the use of the accounts at this connection alone'),
});

export const sessionsAnswer = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        signed_in_at: isoTime,
        last_seen_at: isoTime.nullable(),
        user_agent: z.string().nullable(),
        address: z
          .string()
          .nullable()
          .describe('For auditors the network alone, unless the person has a role'),
        identity: z.string().nullable().describe('The linked account with which the person signed in'),
        apps: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'SessionsOfUser' });

const tag = 'Users';

/** The consents and sessions of a person, each of which can be ended alone. */
export function userAccessOperations(deps: AdminDeps): readonly Operation[] {
  const { issuance, endSession, endSessions, events } = deps;
  return [
    operation({
      method: 'get',
      path: '/users/{user}/consents',
      needs: 'people:read',
      tag,
      summary: 'List what a user has allowed apps, the newest first',
      answer: consentsAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param }) {
        const { id } = await findUser(deps, param('user'));
        const consents = await issuance.consents(id);
        const items = consents.map(({ clientId, appName, scopes, declined, at }) => ({
          app: clientId,
          name: appName,
          scopes: [...scopes],
          given_at: at.toISOString(),
          left_out: Object.values(declined).flat(),
        }));
        return { items };
      },
    }),
    operation({
      method: 'delete',
      path: '/users/{user}/consents/{app}',
      needs: 'people:help',
      tag,
      summary: 'Withdraw what a user has allowed an app',
      description:
        'The app is signed out and gets no new token. A token of the provider that it has taken works until its end, or until the grant is ended at the provider.',
      query: withdrawalQuery,
      status: 204,
      problems: ['not_found'],
      async handle({ param, query, caller, reason }) {
        const user = await findUser(deps, param('user'));
        requireAuthorityOver(caller, user);
        const consent = (await issuance.consents(user.id)).find(({ clientId }) => clientId === param('app'));
        const scope = query.connection && `idp:${query.connection}`;
        if (!consent || (scope && !consent.scopes.includes(scope))) throw new Problem('not_found');
        const { clientId: appId } = consent;
        await issuance.withdrawConsent(user.id, appId, scope);
        await events.record({
          type: 'grant.revoked',
          userId: user.id,
          appId,
          connection: query.connection,
          ...(reason !== undefined && { detail: { reason } }),
        });
      },
    }),
    operation({
      method: 'get',
      path: '/users/{user}/sessions',
      needs: 'people:read',
      tag,
      summary: 'List the browsers in which a user is signed in, the newest first',
      answer: sessionsAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, caller }) {
        const { id, roles } = await findUser(deps, param('user'));
        const sessions = await issuance.sessions.of(id);
        const items = sessions.map(
          ({ since, lastSeenAt, userAgent, address, identityId, appIds, ...session }) => ({
            id: session.id,
            signed_in_at: since.toISOString(),
            last_seen_at: lastSeenAt?.toISOString() ?? null,
            user_agent: userAgent,
            address: addressFor(caller, address, () => roleOf(roles) !== undefined),
            identity: identityId,
            apps: [...appIds],
          }),
        );
        return { items };
      },
    }),
    operation({
      method: 'delete',
      path: '/users/{user}/sessions',
      needs: 'people:help',
      tag,
      summary: 'Sign a user out everywhere',
      description: 'In all browsers and apps. Apps get no new token until the person signs in again.',
      status: 204,
      problems: ['not_found'],
      async handle({ param, caller, reason }) {
        const user = await findUser(deps, param('user'));
        requireAuthorityOver(caller, user);
        await issuance.revokeUser(user.id);
        await endSessions(user.id);
        const detail = { everywhere: true, ...(reason !== undefined && { reason }) };
        await events.record({ type: 'signed_out', userId: user.id, detail });
      },
    }),
    operation({
      method: 'delete',
      path: '/users/{user}/sessions/{session}',
      needs: 'people:help',
      tag,
      summary: 'Sign a user out in one browser',
      status: 204,
      problems: ['not_found'],
      async handle({ param, caller, reason }) {
        const user = await findUser(deps, param('user'));
        requireAuthorityOver(caller, user);
        const session = param('session');
        await issuance.sessions.end(user.id, session);
        await endSession(user.id, session);
        const detail = { session, ...(reason !== undefined && { reason }) };
        await events.record({ type: 'signed_out', userId: user.id, detail });
      },
    }),
  ];
}
