import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { vi } from 'vitest';
import { adminClient } from '../../admin/client.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../../support/logout-receiver.ts';
import { createWorld, type World } from '../../support/world.ts';

/**
 * The configuration of a plan of OpenID's suite: a provider, its metadata and statically registered clients.
 */
export interface Suite {
  readonly issuer: string;
  readonly metadata: Metadata;
  readonly keys: JWTVerifyGetKey;
  readonly client: Client;
  readonly secondClient: Client;
  /** The back-channel logouts that the client received. */
  readonly logouts: LogoutReceiver;
  readonly world: World;
  /** Moves the clock by a number of seconds, without waiting, until the module ends. */
  pass(seconds: number): void;
}

export interface Client {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  readonly authentication: 'client_secret_basic' | 'client_secret_post';
}

export type Metadata = Readonly<Record<string, unknown>> & {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly userinfo_endpoint: string;
  readonly end_session_endpoint: string;
  readonly jwks_uri: string;
};

/** A module of OpenID's suite, by its public name. It throws the faults that it finds. */
export interface Module {
  readonly name: string;
  run(suite: Suite): Promise<Outcome | undefined> | Promise<void>;
}

/**
 * The result that OpenID's suite would show, if it is not simply `passed`: allowed for a certification, with
 * the reason.
 */
export interface Outcome {
  readonly result: 'warning' | 'skipped';
  readonly why: string;
}

export async function openSuite(): Promise<Suite> {
  const logouts = await startLogoutReceiver();
  const world = await createWorld({ providers: 'all', allowedPrivateHosts: [new URL(logouts.uri).host] });
  const { issuer } = world;
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  const metadata = (await answer.json()) as Metadata;
  return {
    issuer,
    metadata,
    keys: createRemoteJWKSet(new URL(metadata.jwks_uri)),
    client: await register(world, { name: 'first', backchannel_logout_uri: logouts.uri }),
    secondClient: await register(world, { name: 'second' }),
    logouts,
    world,
    pass(seconds) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
    },
  };
}

/** Registers an app without PKCE, as an operator would for an old app. */
async function register(
  world: World,
  { name, ...more }: { name: string; backchannel_logout_uri?: string },
): Promise<Client> {
  const redirectUri = `https://${name}.example/callback`;
  const postLogoutRedirectUri = `https://${name}.example/post_logout_redirect`;
  const { status, body } = await adminClient(world)('POST', '/apps', {
    name,
    type: 'web',
    pkce_required: false,
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [postLogoutRedirectUri],
    ...more,
  });
  if (status !== 201) throw new Error(`cannot register: ${JSON.stringify(body)}`);
  const secret = String(body.client_secret);
  world.remember(secret);
  return {
    id: String(body.client_id),
    secret,
    redirectUri,
    postLogoutRedirectUri,
    authentication: 'client_secret_basic',
  };
}
