import { countedKinds } from './core/call-log.ts';
import { commonFaults } from './core/faults.ts';
import type { Grant } from './core/ledger-types.ts';
import { wireFaults } from './core/wire-faults.ts';
import { countRefreshTokens } from './refresh-history.ts';
import type { RunningRoom } from './room.ts';

/** Returns the state of a profile for the control API, without tokens. */
export function describeRoom(running: RunningRoom): Record<string, unknown> {
  const { room, log, faults, clients } = running;
  const { name, title, provider, clientId } = room.profile;
  return {
    profile: name,
    title,
    provider,
    rotation: room.rotation(),
    clients: clients.map((client) => ({
      client_id: client.clientId,
      redirect_origins: client.redirectOrigins,
    })),
    users: room.people.map((person) => ({
      id: person.id,
      name: person.name,
      email: person.email,
      subject: room.profile.subject(person, clients[0]?.clientId ?? clientId),
    })),
    grants: room.ledger.liveGrants().map((grant) => describeGrant(running, grant)),
    counters: Object.fromEntries(countedKinds.map((kind) => [kind, log.counters()[kind]])),
    refresh_tokens: countRefreshTokens(room),
    faults: faults.armed(),
    kinds_of_fault: [...commonFaults, ...wireFaults, ...Object.keys(room.profile.faults ?? {})],
  };
}

function describeGrant({ room: { ledger } }: RunningRoom, grant: Grant): Record<string, unknown> {
  const live = ledger.tokensOf(grant.id).filter(ledger.isLive);
  const access = live.filter(({ kind }) => kind === 'access');
  const newest = access.at(-1);
  return {
    user: grant.user,
    client_id: grant.clientId,
    scopes: grant.scopes,
    declined: grant.declined,
    approved_at: new Date(grant.approvedAt).toISOString(),
    access_tokens: access.length,
    refresh_token: live.some(({ kind }) => kind === 'refresh'),
    expires_at: newest?.expiresAt == null ? null : new Date(newest.expiresAt).toISOString(),
  };
}
