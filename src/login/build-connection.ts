import { checkRegistration } from '../connectors/check/check-registration.ts';
import type { Finding } from '../connectors/check/finding.ts';
import type { Connector } from '../connectors/contract/contract.ts';
import { type Options, optionsOf } from '../connectors/contract/options.ts';
import type { Endpoints, Registration } from '../connectors/contract/registration.ts';
import { applyOptions } from '../connectors/engine/connection-traits.ts';
import { tokenOrigins } from '../connectors/engine/destinations.ts';
import { createUpstream, type Upstream } from '../connectors/engine/upstream.ts';
import { findConnector } from '../connectors/registry.ts';
import type { Clock } from '../kit/clock.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { GivenText } from '../kit/localized.ts';
import type { Outbound } from '../kit/outbound.ts';
import { Secret } from '../kit/secret.ts';
import { openOptionSecrets, openSecret } from './connection-secrets.ts';
import type { Addresses, ConnectionRow } from './connection-store.ts';

/** One registration at one provider, with the connector of that provider. */
export interface Connection {
  readonly id: string;
  readonly alias: string;
  readonly connector: Connector;
  readonly registration: Registration;
  readonly upstream: Upstream;
  readonly enabled: boolean;
  readonly purpose: 'login' | 'linking';
  /** The scopes that the admin entered; empty for the connector's default. */
  readonly scopes: readonly string[];
  /** The endpoints that the admin entered or discovery found. They override the connector's. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The options without the secret ones. */
  readonly options: Options;
  readonly hasSecret: boolean;
  /** The name that the operator gives it; null: the provider's. */
  readonly displayName: GivenText | null;
  /** True if it is offered to requests that name it, and nowhere else. */
  readonly hidden: boolean;
  /** Null: after those with a place (connection-order.ts). */
  readonly position: number | null;
  readonly hasLogo: boolean;
  readonly hasApiDescription: boolean;
  readonly version: number;
  readonly managedBy: string | null;
  readonly createdAt: Date;
  /** When an admin last changed the connection. */
  readonly changedAt: Date;
  /** Tests everything that needs no sign-in. */
  check(): Promise<readonly Finding[]>;
}

export interface BuildDeps {
  readonly keyring: Keyring;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly issuer: string;
}

/** Builds the connection of a row: the connector's traits with the row's own settings. */
export function buildConnection(row: ConnectionRow, deps: BuildDeps): Connection {
  const { keyring, outbound, clock, issuer } = deps;
  const { id, alias, endpoints } = row;
  const declaredConnector = findConnector(row.provider);
  if (!declaredConnector) throw new Error(`no connector ${row.provider}`);
  const clientSecret = openSecret(keyring, id, row.clientSecret);
  const secrets = openOptionSecrets(keyring, id, row.optionSecrets);
  const options = optionsOf(declaredConnector.options, row.options);
  const connector = applyOptions(declaredConnector, options);
  const { issuer: enteredIssuer, ...overrides } = endpoints;
  const addresses = { ...connector.endpoints, ...overrides } as Endpoints;
  const registration: Registration = {
    alias,
    clientId: row.clientId,
    clientSecret,
    redirectUri: `${issuer}/connections/${alias}/callback`,
    scopes: row.scopes.length > 0 ? row.scopes : connector.scopes.default,
    endpoints: addresses,
    ...issuersAt(connector, { enteredIssuer, addresses }),
    unmarkedOrigins: row.unmarkedFrom && originsAt(declaredConnector, row.unmarkedFrom),
    options,
    secrets: Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, new Secret(value)])),
  };
  return {
    id,
    alias,
    connector,
    registration,
    upstream: createUpstream({ connector, registration, outbound, clock }),
    enabled: row.enabled,
    purpose: row.purpose === 'linking' ? ('linking' as const) : ('login' as const),
    scopes: row.scopes,
    endpoints,
    options: row.options,
    hasSecret: clientSecret !== undefined,
    displayName: row.displayName,
    hidden: row.hidden,
    position: row.position,
    hasLogo: row.hasLogo,
    hasApiDescription: row.hasApiDescription,
    version: row.version,
    managedBy: row.managedBy,
    createdAt: row.createdAt,
    changedAt: row.updatedAt,
    check: () => checkRegistration({ connector, registration, outbound, clock }),
  };
}

/** Returns the origins to which tokens went when the connection had these addresses. */
function originsAt(declared: Connector, { endpoints, options }: Addresses): readonly string[] {
  const connector = applyOptions(declared, optionsOf(declared.options, options));
  return tokenOrigins({ endpoints: { ...connector.endpoints, ...endpoints } });
}

/**
 * Returns the issuer that the admin entered, else the one derived from the endpoints, else the connector's.
 */
function issuersAt(
  connector: Connector,
  { enteredIssuer, addresses }: { readonly enteredIssuer: string | undefined; readonly addresses: Endpoints },
): Pick<Registration, 'issuer' | 'formerIssuers'> {
  const derived = connector.issuerAt?.(addresses) ?? connector.issuer;
  const issuer = enteredIssuer ?? derived;
  if (issuer !== derived) return { issuer };
  // Earlier versions did not derive an issuer from the endpoints.
  const former = [connector.issuer, ...(connector.formerIssuers ?? [])].filter((other) => other !== issuer);
  return { issuer, formerIssuers: [...new Set(former)] };
}
