import { z } from 'zod';
import { findConnector, providers } from '../connectors/registry.ts';
import { givenText } from '../kit/localized.ts';
import { pictureUrl } from '../kit/picture.ts';
import { apiDescription } from './api-description.ts';

/** The endpoints that an admin may enter in place of the connector's own. */
const address = z.url({ protocol: /^https?$/ }).max(2048);

const endpoints = z
  .strictObject({
    authorization: address,
    token: address,
    refresh: address,
    userinfo: address,
    revocation: address,
    jwks: address,
    api: address,
    issuer: address,
  })
  .partial();

const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'must be a scope token (RFC 6749 section 3.3)');

export const aliasShape = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'must be lower-case letters, digits and inner hyphens');

const changeable = {
  client_id: z.string().min(1).max(512).describe('The app id that the provider issued'),
  client_secret: z.string().min(1).max(4096).nullable().describe('Write-only'),
  scopes: z.array(scope).max(100).describe("Asked for at sign-in; empty: the provider's usual ones"),
  endpoints: endpoints.describe('Regional hosts, sovereign clouds, a test server'),
  options: z
    .record(z.string().max(64), z.string().min(1).max(8192).nullable())
    .describe(
      'Settings of this provider alone; null takes one back to its default; secret ones are write-only',
    ),
  enabled: z.boolean(),
  for: z.enum(['login', 'linking']).describe('linking: not offered for sign-in'),
  display_name: givenText(60).nullable().describe("Its name on buttons and pages; null: the provider's"),
  hidden: z.boolean().describe('Offered only to requests that name it (`connection=`)'),
  position: z
    .int()
    .min(0)
    .max(9999)
    .nullable()
    .describe('The place in lists of ways to sign in; null: after those with a place'),
  logo: pictureUrl.nullable(),
  api_description: apiDescription.nullable(),
};

export const newConnection = z
  .strictObject({
    alias: aliasShape.refine((alias) => alias !== 'order', 'is taken: it names the order of connections'),
    provider: z.string().refine((provider) => findConnector(provider) !== undefined, {
      error: `must be one of: ${providers.join(', ')}`,
    }),
    client_id: changeable.client_id,
    client_secret: changeable.client_secret.optional(),
    scopes: changeable.scopes.default([]),
    endpoints: changeable.endpoints.default({}),
    options: changeable.options.default({}),
    enabled: changeable.enabled.default(true),
    for: changeable.for.default('login'),
    display_name: changeable.display_name.default(null),
    hidden: changeable.hidden.default(false),
    position: changeable.position.default(null),
    logo: changeable.logo.default(null),
    api_description: changeable.api_description.default(null),
  })
  .meta({ id: 'NewConnection' });

export const connectionChange = z
  .strictObject({
    ...changeable,
    reason: z
      .string()
      .trim()
      .min(1)
      .max(256)
      .regex(/^\P{Cc}*$/u, 'must not contain control characters')
      .describe('Why endpoints move to another origin, for the audit; or the header `Symbolon-Reason`'),
    move_identities: z
      .boolean()
      .describe(
        'Where the issuer changes: whether it is the same provider under another name, so that linked accounts stay whose they are',
      ),
    managed_by: z.null().describe('Releases the connection from the tool that keeps it'),
    end_sessions: z
      .boolean()
      .describe('With `enabled: false`: also sign out everyone whose session began there'),
  })
  .partial()
  .meta({ id: 'ConnectionChange' });

type Looks = 'display_name' | 'hidden' | 'position' | 'logo' | 'api_description';
type Parsed = z.infer<typeof newConnection>;

export type NewConnection = Omit<Parsed, 'options' | Looks> &
  Partial<Pick<Parsed, Looks>> & {
    readonly options?: Readonly<Record<string, string | null>>;
  };
export type ConnectionChangeInput = z.infer<typeof connectionChange>;
