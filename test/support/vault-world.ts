import { randomBytes, randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { createRekey } from '../../src/assembly/rekey.ts';
import { openRowTags } from '../../src/assembly/row-tags.ts';
import { withOwnerMoves } from '../../src/assembly/token-seals.ts';
import type { AuthorizeOptions } from '../../src/connectors/contract/calls.ts';
import { createCircuits } from '../../src/connectors/engine/circuit.ts';
import { flowValues } from '../../src/connectors/engine/upstream.ts';
import { createIdentities } from '../../src/identities/identities.ts';
import { createIdentityRemovals } from '../../src/identities/identity-removals-store.ts';
import { createIdentityStore } from '../../src/identities/identity-store.ts';
import { createIssuerMoves } from '../../src/identities/issuer-moves-store.ts';
import { createSubjectMoves } from '../../src/identities/subject-moves-store.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { createMetrics } from '../../src/kit/metrics.ts';
import { createOutbound } from '../../src/kit/outbound.ts';
import { createLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { type LabConnection, labProfiles } from '../../src/lab/profiles.ts';
import { createConnectionStore } from '../../src/login/connection-store.ts';
import { type Connection, createConnections } from '../../src/login/connections.ts';
import type { CompletedSignIn } from '../../src/login/sign-in.ts';
import { createRemovals } from '../../src/offboarding/offboarding.ts';
import { createForgetNames } from '../../src/reporting/bulk-names-store.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { createOwnerMoves } from '../../src/vault/owner-moves.ts';
import { createInFlight } from '../../src/vault/refresh/in-flight.ts';
import { createSpill } from '../../src/vault/refresh/spill.ts';
import type { SignInTokens } from '../../src/vault/store-tokens.ts';
import {
  createUpstreamRevocations,
  type UpstreamRevocations,
} from '../../src/vault/upstream-revocation/upstream-revocations.ts';
import { createVault } from '../../src/vault/vault.ts';
import { atEnd } from './at-end.ts';
import { testClock } from './clock.ts';
import { freshDatabase } from './database.ts';
import { type LabChoice, withLabConnections } from './lab-connections.ts';
import { createPatience } from './patience.ts';
import { reachableForLong } from './reachability.ts';

const issuer = 'http://localhost:3000';
const plainly: AuthorizeOptions = { forceLogin: false, forceConsent: false, locale: 'en' };

export interface VaultWorldOptions {
  /** The hosts on this machine that may be reached beside the lab's. */
  readonly hosts?: readonly string[];
  /** The lab's providers that are connections from the start beside the usual ones. */
  readonly providers?: LabChoice;
}

/** The rooms up to the vault, with a real database and a lab. It has no web server of the broker. */
export async function createVaultWorld({ hosts = [], providers = [] }: VaultWorldOptions = {}) {
  const database = await freshDatabase();
  const clock = testClock();
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }]);
  const rowTags = await openRowTags({ database, keyring });
  const events = createEvents(database.pool, log);
  const works = createLab({
    clock,
    redirectOrigins: [issuer],
    profiles: [...labProfiles, strict({ accessLife: 60 })],
  });
  const lab = await works.listen(0);
  const { outbound, expectSilence } = createPatience(
    createOutbound({ allowedPrivateHosts: [new URL(lab.url).host, ...hosts] }),
  );
  const ownerMoves = createOwnerMoves(keyring, log);
  const connections = createConnections({
    store: createConnectionStore(database, rowTags),
    keyring,
    outbound,
    clock,
    events,
    issuer,
    issuerMoves: withOwnerMoves(createIssuerMoves(database, rowTags), () => ownerMoves),
    onRegistrationChanged: (connectionId) => createEntryStore(database).retryRefused(connectionId),
  });
  const later = new Map(lab.connections().map((one) => [one.name, one]));
  async function register({ name, provider, clientId, clientSecret, endpoints, options }: LabConnection) {
    later.delete(name);
    const registration = { client_id: clientId, client_secret: clientSecret, endpoints, options };
    return await connections.create({
      alias: name,
      provider,
      ...registration,
      scopes: [],
      enabled: true,
      for: 'login',
    });
  }
  for (const one of withLabConnections(lab, providers).connections()) await register(one);
  const identities = createIdentities({
    store: createIdentityStore(database, rowTags),
    connections,
    rekey: createRekey({ database, subjectMoves: createSubjectMoves(rowTags), ownerMoves, events }),
    clock,
    events,
  });
  const newUpstreamRevocations = (patience?: number): UpstreamRevocations =>
    createUpstreamRevocations({
      database,
      entries: createEntryStore(database),
      ...{ identities, connections, outbound, keyring, clock, events, log },
      ...(patience !== undefined && { patience }),
    });
  const upstreamRevocations = newUpstreamRevocations();
  const removals = createRemovals({
    ...{ database, connections, events, upstreamRevocations },
    identityRemovals: createIdentityRemovals(rowTags),
    forgetNames: createForgetNames(rowTags),
    ownerMoves,
  });
  const spill = createSpill(
    path.join(os.tmpdir(), `symbolon-spill-${randomBytes(6).toString('hex')}`),
    keyring,
    log,
  );
  const newRefreshing = (owner: string = randomUUID()) => ({
    store: createEntryStore(database),
    keyring,
    clock,
    events,
    log,
    owner,
    circuitOf: createCircuits(clock),
    metrics: createMetrics(log),
    inFlight: createInFlight(),
    reachability: reachableForLong(),
    spill,
    upstreamRevocations,
    doubtPause: 20,
  });
  const newVault = () => createVault(newRefreshing());
  const vault = newVault();
  atEnd(async () => {
    await outbound.close();
    await lab.close();
  });

  /** Returns the connection, which is made at its first use if it is not a usual one. */
  async function connection(alias: string): Promise<Connection> {
    const found = await connections.findNow(alias);
    if (found) return found;
    const one = later.get(alias);
    if (!one) throw new Error(`no connection ${alias}`);
    return await register(one);
  }

  /** Goes to the lab as a browser would, approves, and redeems the code. */
  async function arrive(
    alias: string,
    user: string,
    ask: Partial<AuthorizeOptions> & { scopes?: string } = {},
  ): Promise<CompletedSignIn> {
    const at = await connection(alias);
    const { upstream } = at;
    const oidc = upstream.connector.family === 'oidc';
    const verifier = upstream.connector.pkce === 'unsupported' ? undefined : flowValues.verifier();
    const nonce = oidc ? flowValues.nonce() : undefined;
    const { scopes, ...rest } = ask;
    const url = new URL(upstream.registration.endpoints.authorization);
    const parameters = {
      client_id: upstream.registration.clientId,
      redirect_uri: upstream.registration.redirectUri,
      response_type: 'code',
      ...upstream.authorizeParameters({ ...plainly, ...rest }),
      ...(scopes !== undefined && { scope: scopes }),
      state: 'abc123',
      ...(nonce && { nonce }),
      ...(verifier && {
        code_challenge: await flowValues.challenge(verifier),
        code_challenge_method: 'S256',
      }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const rewritten = upstream.rewriteAuthorizeUrl(url);
    rewritten.searchParams.set('lab_user', user);
    rewritten.searchParams.set('lab_auto', '1');
    const response = await fetch(rewritten, { redirect: 'manual' });
    const location = response.headers.get('location');
    if (!location)
      throw new Error(`the lab answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
    const back = new URL(location).searchParams;
    const code = back.get(upstream.connector.callback?.code ?? 'code');
    if (!code) throw new Error(`no code in ${location}`);
    const arrived = await upstream.signIn({
      code,
      verifier,
      nonce,
      iss: back.get('iss') ?? undefined,
      callback: Object.fromEntries(back),
    });
    if (!arrived.tokens) throw new Error(`${alias} issues no tokens`);
    const tokens = { ...arrived.tokens, scopes: arrived.tokens.scopes ?? upstream.registration.scopes };
    return { connection: at, account: arrived.account, tokens, resume: { kind: 'interaction', uid: 'none' } };
  }

  /** A complete sign-in as the vault sees it. */
  async function signIn(
    alias: string,
    user: string,
    ask?: Parameters<typeof arrive>[2],
    how?: Pick<SignInTokens, 'furtherScopes' | 'replaces'>,
  ) {
    const arrival = await arrive(alias, user, ask);
    const { userId, identityId } = await identities.findOrCreate(arrival);
    const { connection, tokens } = arrival;
    const target = { userId, identityId, subject: arrival.account.subject, connection };
    await vault.storeTokens({ ...target, tokens, ...how });
    return target;
  }

  async function control<T = unknown>(
    method: string,
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<T> {
    if (body?.fault === 'timeout') expectSilence(path.split('/')[0] ?? '', Number(body.times ?? 1));
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${lab.url}/control/${path}`, { method, ...init });
    if (!response.ok)
      throw new Error(`control ${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  return {
    database,
    clock,
    keyring,
    rowTags,
    lab,
    minted: works.minted,
    logged: () => lines.join(''),
    connections,
    connection,
    identities,
    ownerMoves,
    upstreamRevocations,
    newUpstreamRevocations,
    removals,
    vault,
    newVault,
    newRefreshing,
    spill,
    arrive,
    signIn,
    control,
  };
}

export type VaultWorld = Awaited<ReturnType<typeof createVaultWorld>>;
