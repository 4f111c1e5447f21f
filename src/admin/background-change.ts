import type { App, AppChanges } from '../issuance/registry/app.ts';
import { requirePermission } from './authorize.ts';
import { type DangerousCall, requireDangerous } from './dangerous-change.ts';

type Fields = Pick<App, 'enabled' | 'firstParty' | 'apis'> & {
  readonly connections: readonly {
    readonly connection: string;
    readonly background: boolean;
    readonly handout: boolean;
  }[];
};

const none: Fields = { enabled: false, firstParty: false, apis: [], connections: [] };

/** A change of an app: its input, or a new secret. */
export interface AppChange {
  readonly changes: AppChanges;
  /** The fields of the app before. Absent: it is created. */
  readonly before?: Fields;
  /** The caller can authenticate as the app afterwards: by a secret that is made or keys that are entered. */
  readonly newCredentials: boolean;
}

/**
 * Guards a change that lets an app, or the caller as that app, use people's accounts while they are away: a policy line
 * gains `background` or its `handout`, or an app with such lines becomes first-party, is enabled, or gets another secret or
 * other keys. Apps that get tokens of the admin API are guarded as roles are, and only owners change them: with another
 * redirect URI, the next owner who signs in there would hand over the role. Returns the reason for the event.
 * @throws Problem forbidden, and as requireDangerous does
 */
export function requireForApp(
  call: DangerousCall,
  adminApi: string,
  { changes, before = none, newCredentials }: AppChange,
): string | undefined {
  const after: Fields = {
    enabled: changes.enabled ?? (before === none ? true : before.enabled),
    firstParty: changes.firstParty ?? before.firstParty,
    apis: changes.apis ?? before.apis,
    connections:
      changes.connections?.map(({ connection, background = false, handout = true }) => ({
        connection,
        background,
        handout,
      })) ?? before.connections,
  };
  const administers = after.apis.includes(adminApi);
  if (administers || before.apis.includes(adminApi)) requirePermission(call.caller, 'admins:change');
  const gainsAdminApi = administers && !before.apis.includes(adminApi);
  const opensAdminApi =
    administers && (newCredentials || changes.redirectUris !== undefined || gains(before, after));
  if (gainsAdminApi || opensAdminApi || opensMore(before, after, newCredentials))
    return requireDangerous(call);
  return call.reason;
}

/** Returns whether it starts to skip the consent of its users, or to work at all. */
function gains(before: Fields, after: Fields): boolean {
  return (after.firstParty && !before.firstParty) || (after.enabled && !before.enabled);
}

function opensMore(before: Fields, after: Fields, newCredentials: boolean): boolean {
  const open = after.connections.filter(({ background }) => background);
  if (open.length > 0 && (newCredentials || gains(before, after))) return true;
  const known = new Map(
    before.connections.filter(({ background }) => background).map((line) => [line.connection, line]),
  );
  return open.some(({ connection, handout }) => {
    const line = known.get(connection);
    return !line || (handout && !line.handout);
  });
}
