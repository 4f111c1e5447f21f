import { z } from 'zod';
import { KeySetError } from '../issuance/registry/client-key-sets.ts';
import { Problem } from '../kit/problem.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { idText } from './shapes.ts';

const keysAnswer = z
  .object({
    ok: z.boolean(),
    problem: z
      .string()
      .nullable()
      .describe('The reason for which the address gives no keys; null: it gives some'),
    keys: z.array(z.object({ kid: z.string().nullable(), kty: z.string(), alg: z.string().nullable() })),
  })
  .meta({ id: 'AppKeys' });

/** The keys that an app publishes at its `jwks_uri`. */
export function appKeyOperations({ issuance, events }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'post',
      path: '/apps/{app}/keys/check',
      needs: 'configuration:change',
      tag: 'Apps',
      summary: 'Fetch the keys at the app’s `jwks_uri` now',
      description: 'From then on, the keys that it finds are those that count.',
      answer: keysAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle({ param }) {
        const id = idText.safeParse(param('app'));
        const app = id.success ? await issuance.apps.get(id.data) : undefined;
        if (!app) throw new Problem('not_found');
        if (app.jwksUri === null) throw new Problem('conflict', { detail: 'This app has no jwks_uri.' });
        const found = await issuance.fetchClientKeys(app.jwksUri).catch((error: unknown) => {
          if (error instanceof KeySetError) return error;
          throw error;
        });
        const isFault = found instanceof KeySetError;
        const keys = isFault ? [] : found.keys;
        const detail = { ok: !isFault, keys: keys.map(({ kid, kty }) => kid ?? kty) };
        await events.record({ type: 'app.keys_checked', appId: app.id, detail });
        return {
          ok: !isFault,
          problem: isFault ? found.message : null,
          keys: keys.map(({ kid = null, kty, alg = null }) => ({ kid, kty, alg })),
        };
      },
    }),
  ];
}
