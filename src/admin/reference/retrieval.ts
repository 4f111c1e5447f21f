import { z } from 'zod';
import type { ProblemKind } from '../../kit/problem-kinds.ts';
import { identitiesAnswer, meAnswer, tokenAnswer } from '../../retrieval/answers.ts';
import { backgroundReason, tokenQuery } from '../../retrieval/input.ts';
import type { Description } from '../operation.ts';

const tag = 'Retrieval';

const tokenProblems: readonly ProblemKind[] = [
  'insufficient_scope',
  'connection_not_allowed',
  'insufficient_upstream_scope',
  'identity_not_found',
  'identity_selection_required',
  'reauthorization_required',
  'too_many_requests',
  'provider_error',
  'provider_unavailable',
];

const proxyProblems: readonly ProblemKind[] = [
  ...tokenProblems.filter((kind) => kind !== 'insufficient_upstream_scope'),
  'payload_too_large',
];

/** The operations of `/v1`, for an app with an access token of the broker. */
export const retrievalDescriptions: readonly Description[] = [
  {
    method: 'get',
    path: '/me',
    tag,
    summary: 'The user, with the linked identities that the token names',
    description:
      'An app that registered itself gets `name` and `picture` with the scope `profile` only; else they are null.',
    answer: meAnswer,
    status: 200,
    problems: [],
  },
  {
    method: 'get',
    path: '/me/identities',
    tag,
    summary: 'The linked identities that the token names',
    description: 'Those of the connections whose `idp:{connection}` scope the access token has.',
    answer: identitiesAnswer,
    status: 200,
    problems: [],
  },
  {
    method: 'get',
    path: '/me/identities/{ref}/token',
    tag,
    summary: "The provider's token of one identity, alive",
    description:
      '`ref` is an identity id or the alias of a connection. The token lives at least as long as asked for, or is the freshest there is. Never cached; never a refresh token.',
    query: tokenQuery,
    answer: tokenAnswer,
    status: 200,
    problems: tokenProblems,
  },
  ...proxyDescriptions({
    path: '/me/identities/{ref}/proxy/{path}',
    summary: "A call of the provider's API with the token in it, which the app never sees",
    description:
      'What the policy of the app lists under `proxy`; `{path}` may have slashes. Answers what the provider answers, with any status, and the header `Symbolon-Provider`, by which its answers are told from ours. PUT and HEAD likewise.',
  }),
  ...proxyDescriptions({
    path: '/users/{user}/identities/{ref}/proxy/{path}',
    summary: "A call of the provider's API while the user is away",
    description:
      'As for a user who is present, with a client-credentials token, for an app whose policy allows background use. The reason comes in the header `Symbolon-Reason` and is audited.',
  }),
  {
    method: 'get',
    path: '/users/{user}/identities/{ref}/token',
    tag,
    summary: "The provider's token while the user is away",
    description:
      'With a client-credentials token, for an app whose policy allows background use. The reason is audited; it may also come in the header `Symbolon-Reason`.',
    query: tokenQuery.extend({ reason: backgroundReason.optional().describe('Why; audited') }),
    answer: tokenAnswer,
    status: 200,
    problems: tokenProblems,
  },
];

function proxyDescriptions(
  about: Pick<Description, 'path' | 'summary' | 'description'>,
): readonly Description[] {
  return (['get', 'post', 'patch', 'delete'] as const).map((method) => ({
    ...about,
    method,
    tag,
    answer: z.unknown().describe("The provider's own answer"),
    status: 200,
    problems: proxyProblems,
  }));
}
