import { z } from 'zod';
import { leastPublished } from '../issuance/keys/signing-keys.ts';
import { after, minutes } from '../kit/clock.ts';
import type { KeyUse } from '../kit/keys/key-census.ts';
import { Problem } from '../kit/problem.ts';
import { withoutRequestTimeout } from '../kit/request-context.ts';
import { reasonField, requireDangerous } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { isoTime } from './shapes.ts';

export const keysAnswer = z
  .object({
    signing: z.array(
      z.object({
        id: z.string().describe('The `kid`'),
        alg: z.string(),
        state: z.enum(['published', 'signing', 'retired']),
        created_at: isoTime,
        retired_at: isoTime.nullable(),
      }),
    ),
    next_usable_at: isoTime.describe('Apps that cache the key set know the next key from then on'),
    sealing: z
      .array(
        z.object({
          id: z.string(),
          standing: z.enum(['current', 'sibling', 'older', 'missing']),
          values: z.number().int().describe('The number of values that it seals'),
          tables: z.record(z.string(), z.number().int()),
        }),
      )
      .describe('The encryption keys. An older one can go when it seals nothing'),
    counted_at: isoTime.describe('The values were counted then, at most a minute ago'),
  })
  .meta({ id: 'Keys' });

const rotateBody = z
  .strictObject({
    compromised: z
      .boolean()
      .default(false)
      .describe('The old key leaves the key set at once: every token that it signed ends'),
    reason: reasonField,
  })
  .meta({ id: 'SigningKeyRotation' });

const tag = 'Keys';
/** Counting reads the sealed tables as a whole. */
const countedFor = minutes(1);

interface Census {
  readonly at: Date;
  readonly uses: readonly KeyUse[];
}

/** The keys that sign our tokens, and those that seal columns. No key leaves the broker. */
export function keyOperations({ issuance, keyCensus, clock, events }: AdminDeps): readonly Operation[] {
  let census: Census | undefined;
  async function counted(): Promise<Census> {
    const now = clock.now();
    if (!census || after(census.at, countedFor) < now)
      census = { at: now, uses: await withoutRequestTimeout(keyCensus) };
    return census;
  }
  const nextUsableAt = async () => after(await issuance.nextSigningKeyPublishedAt(), leastPublished);

  async function read(): Promise<z.input<typeof keysAnswer>> {
    const [signing, { at, uses }] = await Promise.all([issuance.signingKeys(), counted()]);
    return {
      signing: signing.map(({ id, alg, state, createdAt, retiredAt }) => ({
        id,
        alg,
        state,
        created_at: createdAt.toISOString(),
        retired_at: retiredAt?.toISOString() ?? null,
      })),
      next_usable_at: (await nextUsableAt()).toISOString(),
      sealing: uses.map(({ id, standing, total, seals }) => ({
        id,
        standing,
        values: total,
        tables: Object.fromEntries(seals),
      })),
      counted_at: at.toISOString(),
    };
  }

  return [
    operation({
      method: 'get',
      path: '/keys',
      needs: 'admins:read',
      tag,
      summary: 'List the keys that sign tokens, and those that seal columns',
      answer: keysAnswer,
      status: 200,
      problems: [],
      handle: read,
    }),
    operation({
      method: 'post',
      path: '/keys/signing/rotate',
      needs: 'admins:change',
      dangerous: true,
      tag,
      summary: 'Sign with the next key, in every process',
      description:
        'The old key stays in the key set for 30 days, for the tokens that it signed, and a new key is published. It happens by itself every 90 days.',
      body: rotateBody,
      answer: keysAnswer,
      status: 200,
      problems: ['conflict'],
      async handle({ body: { compromised }, ...call }) {
        const usable = await nextUsableAt();
        if (!compromised && usable > clock.now())
          throw new Problem('conflict', {
            detail: `The next key is too new for apps to know it: wait until ${usable.toISOString()}.`,
          });
        const reason = requireDangerous(call);
        await issuance.rotateSigningKey({ compromised });
        const detail = { compromised, ...(reason !== undefined && { reason }) };
        await events.record({ type: 'keys.signing_rotated', detail });
        return await read();
      },
    }),
  ];
}
