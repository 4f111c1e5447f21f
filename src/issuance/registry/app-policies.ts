import { type Clock, seconds } from '../../kit/clock.ts';
import type { Connections } from '../ports.ts';
import type { ConnectionRate } from './app.ts';
import type { AppRows } from './app-store.ts';
import type { ProxyRule } from './proxy-rules.ts';

/** Which connections' tokens an app may use, by connection id. Empty for an app that is gone or switched off. */
export type AppPolicy = ReadonlyMap<string, PolicyLine>;

export interface PolicyLine {
  readonly alias: string;
  readonly scopes: readonly string[];
  readonly background: boolean;
  readonly handout: boolean;
  readonly proxy: readonly ProxyRule[];
  readonly rate: ConnectionRate | null;
}

/** Retrieval asks on every call, so answers are kept for a moment: a change at another process counts within it. */
const freshFor = seconds(5);

export function createAppPolicies({
  rows,
  connections,
  clock,
}: {
  readonly rows: AppRows;
  readonly connections: Connections;
  readonly clock: Clock;
}) {
  const kept = new Map<string, { policy: AppPolicy; until: number }>();

  const read = async (appId: string): Promise<AppPolicy | undefined> => {
    const app = await rows.find(appId);
    if (!app?.enabled) return undefined;
    const lines = await Promise.all(
      app.connections.map(async ({ connectionId, ...line }) => {
        const alias = await connections.aliasOf(connectionId);
        return alias === undefined ? [] : [[connectionId, { alias, ...line }] as const];
      }),
    );
    return new Map(lines.flat());
  };

  const now = async (appId: string): Promise<AppPolicy> => {
    const asOf = clock.now().getTime();
    const policy = await read(appId);
    if (policy) kept.set(appId, { policy, until: asOf + freshFor });
    // Ids that name no app come from outside and must not fill the memory.
    else kept.delete(appId);
    return policy ?? new Map();
  };

  return {
    async of(appId: string): Promise<AppPolicy> {
      const known = kept.get(appId);
      return known && known.until > clock.now().getTime() ? known.policy : await now(appId);
    },
    /** Past the memory. */
    now,
    forget: (appId: string) => void kept.delete(appId),
  };
}
