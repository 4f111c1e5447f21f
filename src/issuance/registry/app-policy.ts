import type { Connections } from '../ports.ts';
import type { AccountConsent, ConnectionRate } from './app.ts';
import type { StoredApp } from './app-store.ts';
import type { ProxyRule } from './proxy-rules.ts';

/** The connections whose tokens an app may use, by connection id. */
export type AppPolicy = ReadonlyMap<string, PolicyLine>;

export interface PolicyLine {
  readonly alias: string;
  readonly scopes: readonly string[];
  readonly background: boolean;
  readonly consent: AccountConsent;
  readonly handout: boolean;
  readonly proxy: readonly ProxyRule[];
  readonly proxyHeaders: readonly string[];
  readonly rate: ConnectionRate | null;
  /** The version of the app that has it: `app 7`. */
  readonly revision: string;
}

/** The policy of an app that does not exist. */
export const noPolicy: AppPolicy = new Map();

/** Returns the policy of an app: an empty one while the app is switched off. */
export async function policyOf(app: StoredApp, connections: Connections): Promise<AppPolicy> {
  if (!app.enabled) return noPolicy;
  // An app that registered itself never gets a provider's token, and does nothing while the person is away.
  const unknownApp = app.registration !== null ? { background: false, handout: false } : {};
  const revision = `app ${app.version}`;
  const lines = await Promise.all(
    app.connections.map(async ({ connectionId, ...line }) => {
      const alias = await connections.aliasOf(connectionId);
      return alias === undefined
        ? []
        : [[connectionId, { alias, ...line, ...unknownApp, revision }] as const];
    }),
  );
  return new Map(lines.flat());
}
