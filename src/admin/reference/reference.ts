import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { ProblemKind } from '../../kit/problem-kinds.ts';
import { approvalAnswer } from '../approvals.ts';
import { reasonText } from '../dangerous-change.ts';
import { editHeaderShape } from '../edit-headers.ts';
import type { AdminDescription, Description } from '../operation.ts';
import { permissions } from '../roles.ts';
import { problemAnswers, problemSchema } from './problem-answers.ts';
import { retrievalDescriptions } from './retrieval.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** The OpenAPI document of `/v1` and `/admin/v1`, generated from the declarations that serve them. */
export function createReference(issuer: string, admin: readonly AdminDescription[]): OpenApiDocument {
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Symbolon',
      version: '1',
      description:
        "The broker's own API. Signing in and our own tokens are OpenID Connect and OAuth 2.0: see `/.well-known/openid-configuration`.",
    },
    servers: [{ url: issuer }],
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          description: `An access token of ours whose audience contains \`${issuer}/v1\``,
        },
        admin: {
          type: 'http',
          scheme: 'bearer',
          description: `ADMIN_API_TOKEN, or an access token of ours for \`${issuer}/admin/v1\` with the scope \`admin\`, \`admin:operate\`, \`admin:support\` or \`admin:read\`, held by a user with a role`,
        },
      },
    },
    tags: [...new Set([...retrievalDescriptions, ...admin].map(({ tag }) => tag))].map((name) => ({ name })),
    paths: {
      ...pathsOf('/v1', retrievalDescriptions, 'accessToken'),
      ...pathsOf('/admin/v1', admin, 'admin'),
    },
  });
}

/** An operation of `/v1` or of the admin API. */
type Described = Description & Partial<AdminDescription>;

const reasonHeader = z.object({
  'Symbolon-Reason': reasonText.optional().describe('Why, for the audit log, if the body does not say it'),
});

const waiting = {
  202: {
    description: 'With ADMIN_APPROVALS=1: it waits for another owner',
    content: {
      'application/json': { schema: z.object({ approval: approvalAnswer }).meta({ id: 'WaitingChange' }) },
    },
  },
};

function pathsOf(
  base: string,
  descriptions: readonly Described[],
  security: 'accessToken' | 'admin',
): ZodOpenApiPathsObject {
  const byPath = Map.groupBy(descriptions, ({ path }) => path);
  const entries = [...byPath].map(([path, onPath]) => [
    base + path,
    Object.fromEntries(onPath.map((about) => [about.method, operationOf(base, about, security)])),
  ]);
  return Object.fromEntries(entries);
}

function operationOf(
  base: string,
  about: Described,
  security: 'accessToken' | 'admin',
): ZodOpenApiOperationObject {
  const { method, path, tag, summary, query, body, answer, status, problems, dangerous, file } = about;
  const names = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);
  const pathParameters = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  return {
    operationId: operationId(method, base + path),
    tags: [tag],
    summary,
    ...descriptionOf(about),
    security: [{ [security]: [] }],
    requestParams: {
      ...(names.length > 0 && { path: pathParameters }),
      ...(query && { query }),
      ...headersOf(about),
    },
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [`${status}`]: answer
        ? { description: 'Done', content: { 'application/json': { schema: answer } } }
        : file
          ? { description: 'The file', content: { 'text/csv': { schema: z.string() } } }
          : { description: 'Done; nothing to say' },
      // A reading operation does not wait.
      ...(dangerous && method !== 'get' && waiting),
      ...problemAnswers([...usualProblems(about), ...problems]),
    },
  };
}

function headersOf({ dangerous, edits }: Described): { header?: z.ZodObject } {
  const shape = { ...(edits && editHeaderShape.shape), ...(dangerous && reasonHeader.shape) };
  return Object.keys(shape).length > 0 ? { header: z.object(shape) } : {};
}

/** Returns the description, for an admin operation with the roles that may call it. */
function descriptionOf(about: Described): { description?: string } {
  const { description, needs } = about;
  const allowed = needs && `Roles: ${permissions[needs].join(', ')}.`;
  const text = [description, allowed].filter((one) => one !== undefined).join(' ');
  return text === '' ? {} : { description: text };
}

function usualProblems({ body, needs, dangerous, edits }: Described): readonly ProblemKind[] {
  const refused: readonly ProblemKind[] = needs ? ['insufficient_scope', 'forbidden'] : [];
  // RFC 9449 section 7.1, of a token that is bound to a key.
  const ofProof = ['invalid_dpop_proof', 'use_dpop_nonce'] as const;
  const always: readonly ProblemKind[] = [
    'invalid_request',
    'invalid_token',
    ...ofProof,
    ...refused,
    'unavailable',
  ];
  const danger: readonly ProblemKind[] = dangerous
    ? ['insufficient_user_authentication', 'invalid_body']
    : [];
  const ofBody: readonly ProblemKind[] = ['payload_too_large', 'unsupported_media_type', 'invalid_body'];
  return [...always, ...danger, ...(edits ? (['conflict'] as const) : []), ...(body ? ofBody : [])];
}

function operationId(method: string, path: string): string {
  const words = path.replace(/[{}]/g, '').split('/').filter(Boolean);
  return [method, ...words].map((word, index) => (index === 0 ? word : capitalised(word))).join('');
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
