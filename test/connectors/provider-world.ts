import type { Request } from 'express';
import type { AuthorizeOptions } from '../../src/connectors/contract/calls.ts';
import type { Connector } from '../../src/connectors/contract/contract.ts';
import { type Options, optionsOf } from '../../src/connectors/contract/options.ts';
import type { Endpoints, Registration } from '../../src/connectors/contract/registration.ts';
import type { TokenSet } from '../../src/connectors/contract/upstream-sign-in.ts';
import { applyOptions } from '../../src/connectors/engine/connection-traits.ts';
import { createUpstream, type Upstream } from '../../src/connectors/engine/upstream.ts';
import { findConnector } from '../../src/connectors/registry.ts';
import { createOutbound, type Outbound, type OutboundInit } from '../../src/kit/outbound.ts';
import { Secret } from '../../src/kit/secret.ts';
import { createLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { labProfiles } from '../../src/lab/profiles.ts';
import { ConnectionOAuth2Strategy } from '../../src/login/oauth2-strategy.ts';
import { ConnectionOidcStrategy } from '../../src/login/oidc-strategy.ts';
import { type CallbackRun, runAuthorization, runCallback } from '../../src/login/run-strategy.ts';
import { atEnd } from '../support/at-end.ts';
import { testClock } from '../support/clock.ts';
import { createRogue } from './rogue.ts';

const redirectUri = 'http://localhost:3000/connections/x/callback';
const state = 'a1b2c3';

/** The values that the broker stores between start and callback. */
export interface Departed {
  readonly url: URL;
  readonly verifier: string | undefined;
  readonly nonce: string | undefined;
}

export interface LogEntry {
  readonly method: string;
  readonly path: string;
  readonly kind: string;
  readonly status: number;
  readonly params: readonly string[];
}

export interface OutboundRequest {
  readonly url: URL;
  readonly init: OutboundInit;
}

type Tampering = (request: OutboundRequest) => OutboundRequest;

/**
 * One connector between the product's own strategies and two providers: its lab profile, and a rogue. It has
 * no database.
 */
export async function createProviderWorld(
  provider: string,
  profile: string,
  {
    from,
    userAgent,
  }: { readonly from?: 'id-token' | undefined; readonly userAgent?: string | undefined } = {},
) {
  const declared = mustFind(provider);
  const clock = testClock();
  const works = createLab({
    clock,
    redirectOrigins: ['http://localhost:3000'],
    profiles: [...labProfiles, strict({ accessLife: 3600 })].filter(
      // The connector, with those of its family that its name includes.
      ({ name }) => name === profile || profile.startsWith(`${name}-`),
    ),
  });
  const lab = await works.listen(0);
  const rogue = await createRogue();
  const { userinfo: _userinfo, ...unasked } = rogue.endpoints;
  const atRogue = from === 'id-token' ? unasked : rogue.endpoints;
  const hosts = [lab.url, rogue.url].map((url) => new URL(url).host);
  const patient = createOutbound({ allowedPrivateHosts: hosts });
  const hasty = createOutbound({ allowedPrivateHosts: hosts, totalTimeout: 150 });
  // Only calls that will meet silence have a short timeout, so that a busy machine fails no test.
  let isSilent = (_path: string): boolean => false;
  let tampering: Tampering | undefined;
  const answers: string[] = [];
  const outbound: Outbound = {
    ...patient,
    async fetch(address, asked = {}) {
      const request = { url: new URL(address), init: asked };
      const { url, init } = tampering?.(request) ?? request;
      const response = await (isSilent(url.pathname) ? hasty : patient).fetch(url, init);
      answers.push(await response.clone().text());
      return response;
    },
    async close() {
      await Promise.all([patient.close(), hasty.close()]);
    },
  };
  atEnd(async () => {
    await outbound.close();
    await Promise.all([lab.close(), rogue.close()]);
  });

  const found = lab.connections().find(({ name }) => name === profile);
  if (!found) throw new Error(`the lab has no ${profile}`);
  const { clientId, clientSecret, endpoints } = found;
  const scopesOf = (own: Connector) => (found.scopes.length > 0 ? found.scopes : own.scopes.default);
  // The signing key is generated at first use, which takes longer than these tests' timeout on a busy
  // machine.
  if (endpoints.jwks !== undefined) await fetch(endpoints.jwks);
  const { options, secrets } = settingsOf(declared, found.options);
  const connector = applyOptions(declared, options);
  const registered = (
    at: Partial<Endpoints> & { issuer?: string },
    { secret = clientSecret, scopes = scopesOf(connector) } = {},
  ): Registration => ({
    alias: 'x',
    clientId,
    clientSecret: new Secret(secret),
    redirectUri,
    scopes,
    endpoints: { ...connector.endpoints, ...at },
    issuer: at.issuer ?? connector.issuer,
    options,
    secrets,
  });
  const talkingTo = (registration: Registration) =>
    createUpstream({ connector, registration, outbound, clock });
  const upstream = talkingTo(registered(endpoints));

  /** The same world with other options of the connection. */
  function withOptions(given: Options, elsewhere: { readonly issuer?: string } = {}) {
    const settings = settingsOf(declared, { ...found?.options, ...given });
    const other = applyOptions(declared, settings.options);
    const talking = (at: Partial<Endpoints> & { issuer?: string }) => {
      const addresses = { ...other.endpoints, ...at };
      const registration = { ...registered(at, { scopes: scopesOf(other) }), ...settings };
      const ready = { ...registration, endpoints: addresses, issuer: at.issuer ?? other.issuer };
      return createUpstream({ connector: other, registration: ready, outbound, clock });
    };
    return { upstream: talking(endpoints), real: talking({}), misled: talking({ ...atRogue, ...elsewhere }) };
  }

  async function control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${lab.url}/control/${profile}${path}`, init);
    if (!response.ok) throw new Error(`control ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Redirects to the provider, approves as `user`, and returns with a code. */
  async function approved(user: string, at: Upstream = upstream): Promise<CallbackRun> {
    if (connector.signInBy === 'code') return await handedOver(user);
    const { url, verifier, nonce } = await depart(at);
    url.searchParams.set('lab_user', user);
    url.searchParams.set('lab_auto', '1');
    const headers = userAgent === undefined ? {} : { 'user-agent': userAgent };
    const response = await fetch(url, { redirect: 'manual', headers });
    const text = await response.text();
    const location = response.headers.get('location');
    const back = location === null ? hiddenFields(text) : new URL(location).searchParams;
    const code = back.get(connector.callback?.code ?? 'code');
    if (!code) throw new Error(`no code: ${response.status} ${text}`);
    return { code, iss: back.get('iss') ?? undefined, verifier, nonce, callback: Object.fromEntries(back) };
  }

  /** Signs in with a code that an app got from the provider's SDK. */
  async function handedOver(user: string): Promise<CallbackRun> {
    const { value: code } = await control<{ value: string }>('POST', '/sdk', { user, kind: 'code' });
    return { code, iss: undefined, verifier: undefined, nonce: undefined };
  }

  const arrive = async (user: string, at: Upstream = upstream) => await finish(at, await approved(user, at));
  const log = () => control<readonly LogEntry[]>('GET', '/log');

  /** Whether a call meets the silence: the profile is fetched after other calls that are answered. */
  async function silenceOf(kind: string): Promise<(path: string) => boolean> {
    if (kind !== 'profile') return () => true;
    await arrive('lin');
    const calls = (await log()).map((call) => ({ ...call, path: call.path.split('?')[0] }));
    const at = (path: string) => calls.filter((call) => call.path === path).map((call) => call.kind);
    const times = new Map<string, number>();
    // Alipay has one URL for all calls, so their order identifies them.
    return (path) => {
      const time = times.get(path) ?? 0;
      times.set(path, time + 1);
      return (at(path)[time] ?? at(path).at(-1) ?? kind) === kind;
    };
  }

  return {
    connector,
    clock,
    lab,
    rogue,
    minted: works.minted,
    upstream,
    registration: upstream.registration,
    /** The registration with the provider's real endpoints. */
    real: talkingTo(registered({})),
    /** The registration with every endpoint at the rogue. */
    misled: talkingTo(registered(atRogue)),
    withSecret: (secret: string) => talkingTo(registered(endpoints, { secret })),
    withScopes: (scopes: readonly string[]) => talkingTo(registered(endpoints, { scopes })),
    withOptions,
    approved,
    arrive,
    /** The bodies of all answers so far. */
    answers,
    control,
    async reset() {
      isSilent = () => false;
      rogue.says({});
      await control('POST', '/reset');
    },
    async fault(on: string, fault: string, times = 1) {
      if (fault === 'timeout') isSilent = await silenceOf(on);
      await control('POST', '/faults', { on, fault, times });
    },
    log,
    /** Changes the authorization request on its way to the provider; undefined changes nothing. */
    tamper(how: Tampering | undefined) {
      tampering = how;
    },
    grants: async (user: string) =>
      (await control<{ grants: readonly { user: string }[] }>('GET', '')).grants.filter(
        (grant) => grant.user === user,
      ).length,
  };
}

export type ProviderWorld = Awaited<ReturnType<typeof createProviderWorld>>;

const plainly: AuthorizeOptions = { forceLogin: false, forceConsent: false, locale: 'en' };

export async function depart(upstream: Upstream, ask: Partial<AuthorizeOptions> = {}): Promise<Departed> {
  let kept: { verifier: string | undefined; nonce: string | undefined } | undefined;
  const authorization = {
    ask: { ...plainly, ...ask },
    start: async (secrets: { verifier: string | undefined; nonce: string | undefined }) => {
      kept = secrets;
      return state;
    },
  };
  const url = new URL(await runAuthorization(strategyOf(upstream, { authorization }), aRequest));
  return { url, verifier: kept?.verifier, nonce: kept?.nonce };
}

/** Completes a sign-in; it has tokens unless the connector issues none. */
export async function finish(upstream: Upstream, run: CallbackRun) {
  const arrived = await runCallback(strategyOf(upstream, { callback: run }), aRequest, run);
  return {
    account: arrived.account,
    get tokens(): TokenSet {
      if (!arrived.tokens) throw new Error('this connector issues no tokens');
      return arrived.tokens;
    },
  };
}

/** The fields of a form that posts the answer back. */
function hiddenFields(page: string): URLSearchParams {
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return new URLSearchParams(fields.map(([, name = '', value = '']) => [name, unescaped(value)]));
}

function unescaped(text: string): string {
  const marks: Record<string, string> = { quot: '"', '#39': "'", lt: '<', gt: '>', amp: '&' };
  return text.replace(/&(quot|#39|lt|gt|amp);/g, (_all, name: string) => marks[name] ?? '');
}

function settingsOf(connector: Connector, given: Options) {
  const isSecret = ([name]: [string, string]) => connector.options?.[name]?.secret === true;
  const secrets = Object.entries(given).filter(isSecret);
  const plain = Object.entries(given).filter((entry) => !isSecret(entry));
  return {
    options: optionsOf(connector.options, Object.fromEntries(plain)),
    secrets: Object.fromEntries(secrets.map(([name, value]) => [name, new Secret(value)])),
  };
}

const aRequest = { headers: {}, query: {}, body: {} } as unknown as Request;

function strategyOf(upstream: Upstream, run: ConstructorParameters<typeof ConnectionOAuth2Strategy>[1]) {
  const Strategy = upstream.connector.family === 'oidc' ? ConnectionOidcStrategy : ConnectionOAuth2Strategy;
  return new Strategy(upstream, run);
}

function mustFind(provider: string): Connector {
  const connector = findConnector(provider);
  if (!connector) throw new Error(`no connector ${provider}`);
  return connector;
}
