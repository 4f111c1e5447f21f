import { z } from 'zod';
import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import { Problem } from '../../kit/problem.ts';
import type { ProblemKind } from '../../kit/problem-kinds.ts';

/** RFC 9457, with the members that the contract adds to single codes. */
export const problemSchema = z
  .object({
    type: z.string().meta({ example: 'urn:symbolon:problem:reauthorization_required' }),
    title: z.string().meta({ example: 'Reauthorization required' }),
    status: z.number().int().meta({ example: 409 }),
    code: z.string().describe('Stable; branch on this').meta({ example: 'reauthorization_required' }),
    detail: z
      .string()
      .describe('A sentence for people')
      .meta({ example: 'The user has to authorise this connection again.' }),
    request_id: z.string().meta({ example: 'req_01k9m6r2v8e5bbx3d4f7s0t1a2' }),
    reason: z
      .enum([
        'revoked_by_user',
        'expired',
        'password_changed',
        'app_removed',
        'rotation_lost',
        'reuse_detected',
        'not_refreshable',
        'key_lost',
        'origin_changed',
        'requested_by_operator',
        'rejected',
      ])
      .optional()
      .describe('reauthorization_required: why; `rejected`: the provider gave none'),
    since: z.iso.datetime().nullable().optional().describe('reauthorization_required'),
    reauthorize_url: z.url().optional().describe('Send the user there to set it right'),
    link_url: z.url().optional().describe('identity_not_found: send the user there to link an account'),
    consent_url: z
      .url()
      .optional()
      .describe('consent_required in the background: send the user there to allow it'),
    missing: z.array(z.string()).optional().describe('insufficient_upstream_scope'),
    identities: z
      .array(z.object({ id: z.string(), name: z.string().nullable() }))
      .optional()
      .describe('identity_selection_required: name one of these'),
    step: z
      .enum(['authorize', 'exchange', 'profile', 'refresh', 'revoke'])
      .optional()
      .describe('provider_error: where'),
    version: z
      .union([z.int(), z.string()])
      .optional()
      .describe('conflict with `If-Match`: the version of now'),
    conflicts: z
      .record(z.string(), z.object({ theirs: z.unknown(), mine: z.unknown() }))
      .optional()
      .describe('conflict with `If-Match`: each field that differs, as it is now and as you sent it'),
    secrets: z
      .array(z.string())
      .optional()
      .describe('conflict with `If-Match`: secret fields that you sent; they are not compared'),
    managed_by: z.string().optional().describe('conflict: the tool that keeps the item'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('422: every field at fault'),
  })
  .meta({ id: 'Problem' });

const headersOf: Partial<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'WWW-Authenticate': 'Bearer, with the error (RFC 6750)' },
  403: { 'WWW-Authenticate': 'insufficient_scope: names the scope' },
  429: { 'Retry-After': 'Seconds' },
  503: { 'Retry-After': 'Seconds' },
};

/** Returns one answer per status, with the codes that it may carry. */
export function problemAnswers(kinds: readonly ProblemKind[]): ZodOpenApiResponsesObject {
  const problems = [...new Set(kinds)].map((kind) => new Problem(kind));
  const byStatus = Map.groupBy(problems, ({ status }) => status);
  const sorted = [...byStatus].sort(([one], [other]) => one - other);
  return Object.fromEntries(
    sorted.map(([status, group]) => [
      String(status),
      {
        description: group.map(({ code, message }) => `\`${code}\`: ${message}`).join(' '),
        content: { 'application/problem+json': { schema: problemSchema } },
        ...(headersOf[status] && { headers: headersAnswer(headersOf[status]) }),
      },
    ]),
  );
}

function headersAnswer(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  ) as Record<string, { description: string; schema: { type: 'string' } }>;
}
