import type { App, AppChanges } from '../issuance/registry/app.ts';
import { type DangerousCall, requireDangerous } from './dangerous-change.ts';

type BackgroundFields = Pick<App, 'firstParty'> & {
  readonly connections: readonly { readonly connection: string; readonly background: boolean }[];
};

const none: BackgroundFields = { firstParty: false, connections: [] };

/**
 * Guards a change that lets an app use people's accounts while they are away: a policy line gains `background`, or an app
 * with such lines becomes first-party, so that its users are not asked. Returns the reason for the event.
 * @throws Problem as requireDangerous does
 */
export function requireForBackground(
  call: DangerousCall,
  changes: Pick<AppChanges, 'firstParty' | 'connections'>,
  before: BackgroundFields = none,
): string | undefined {
  const lines = changes.connections?.map(({ connection, background = false }) => ({
    connection,
    background,
  }));
  const after = {
    firstParty: changes.firstParty ?? before.firstParty,
    connections: lines ?? before.connections,
  };
  return opensMore(before, after) ? requireDangerous(call) : undefined;
}

function opensMore(before: BackgroundFields, after: BackgroundFields): boolean {
  const open = after.connections.filter(({ background }) => background);
  if (after.firstParty && !before.firstParty && open.length > 0) return true;
  const known = new Set(
    before.connections.filter(({ background }) => background).map(({ connection }) => connection),
  );
  return open.some(({ connection }) => !known.has(connection));
}
