import type { ShiftedTable } from '../kit/database/shifted-times-store.ts';

/**
 * The columns that Prisma wrote in the session's time zone, by table; kit/database/shifted-times-store.ts has
 * the fault. Rows that live for minutes (sign-ins, tickets, leases) or days (browser sessions) are left out,
 * and so are columns written by SQL, which were right.
 */
export const shiftedTables: readonly ShiftedTable[] = [
  { table: 'audit_event', born: { id: 'id', column: 'at' } },
  { table: 'connection', born: { id: 'id', column: 'created_at' }, past: ['updated_at'] },
  { table: 'user', born: { id: 'id', column: 'created_at' }, past: ['last_login_at', 'disabled_at'] },
  { table: 'identity', born: { id: 'id', column: 'linked_at' }, past: ['last_login_at'] },
  { table: 'vault_entry', past: ['state_since'], where: `state = 'revoked'` },
  {
    table: 'departure',
    born: { id: 'id', column: 'created_at' },
    // A later retry has set the next time by SQL.
    also: [`next_at = CASE WHEN t.next_at = t.created_at THEN became ELSE t.next_at END`],
  },
  { table: 'departed_connection', past: ['removed_at'] },
  { table: 'webhook_endpoint', born: { id: 'id', column: 'created_at' } },
  { table: 'signal', past: ['received_at', 'done_at'] },
  { table: 'app', born: { id: 'id', column: 'created_at' }, past: ['updated_at'] },
  { table: 'api', born: { id: 'id', column: 'created_at' } },
  {
    table: 'backchannel_logout',
    born: { id: 'id', column: 'created_at' },
    also: ['next_at = least(t.next_at, now())'],
  },
  { table: 'signing_key', born: { id: 'id', column: 'created_at' }, past: ['retired_at'] },
  { table: 'session_origin', past: ['at'] },
  { table: 'consent', past: ['at'] },
  {
    table: 'artifact',
    stated: { column: 'expires_at', as: `to_timestamp(substring(payload FROM '"exp":([0-9]+)')::float8)` },
  },
];
