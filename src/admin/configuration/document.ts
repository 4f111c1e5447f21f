import { z } from 'zod';
import { deploymentScope } from '../../http/branding.ts';
import { brandingInput } from '../../http/branding-input.ts';
import { actorKinds } from '../../kit/request-context.ts';
import { aliasShape, newConnection } from '../../login/connection-input.ts';
import { newEndpoint } from '../../webhooks/endpoint-input.ts';
import { newApiBody } from '../api-shapes.ts';
import { admissionBody } from '../app-admission.ts';
import { newAppBody } from '../app-shapes.ts';

/** The broker's own apps, which each start writes. */
export const ownApps: readonly string[] = ['app_account', 'app_demo'];

/** A secret is never in the document. It names an environment variable or a file of the process that applies it. */
export const secretReference = z.union(
  [
    z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w{0,127}$/) }),
    z.strictObject({ file: z.string().min(1).max(1024) }),
  ],
  { error: 'is a secret: give it as {env: NAME} or {file: PATH}' },
);
export type SecretReference = z.output<typeof secretReference>;

const apiItem = newApiBody.extend({ secret: secretReference.optional() });

const connectionItem = newConnection
  .omit({ position: true })
  .extend({
    client_secret: secretReference.optional(),
    options: z.record(
      z.string().max(64),
      z.union([z.string().min(1).max(8192), secretReference], {
        error: 'must be text, or for a secret {env: NAME} or {file: PATH}',
      }),
    ),
  })
  .partial({ options: true });

/** Ids that mean something else: the looks of the deployment, actors in events, the broker's own apps, APIs as clients. */
const takenIds: ReadonlySet<string> = new Set([deploymentScope, ...actorKinds, ...ownApps]);
const isFree = (id: string) => !takenIds.has(id) && !id.startsWith('api_');

const appItem = newAppBody.omit({ reason: true }).extend({
  client_id: z
    .string()
    .regex(
      /^[\w-]{3,64}$/,
      'must be 3 to 64 letters, digits, - or _; for a new app choose one, e.g. app_notes',
    )
    .refine(isFree, 'has another meaning in the broker; choose one such as app_notes'),
  client_secret: secretReference.optional(),
  branding: brandingInput.optional(),
});

const webhookItem = newEndpoint.extend({ secret: secretReference.optional() });

/** With `config/` before it, it is the name of a tool. */
const configurationName = z
  .string()
  .regex(/^[\w.:@/-]{1,57}$/, 'must be 1 to 57 letters, digits and . : @ / _ -, e.g. prod');

/** The configuration as a document. A section that is absent is left alone. */
export const configurationDocument = z
  .strictObject({
    symbolon: z.literal(1, { error: 'must be 1, the version of this format' }),
    name: configurationName.optional().describe('Signs the items as `config/{name}`; an export has none'),
    branding: brandingInput.optional(),
    apis: z.array(apiItem).max(1000).optional(),
    connections: z.array(connectionItem).max(1000).optional(),
    order: z.array(aliasShape).max(1000).optional(),
    app_admission: admissionBody.optional(),
    apps: z.array(appItem).max(10_000).optional(),
    webhooks: z.array(webhookItem).max(1000).optional(),
  })
  .meta({ id: 'Configuration' });

export type ConfigurationDocument = z.output<typeof configurationDocument>;
