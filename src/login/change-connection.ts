import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Outbound } from '../kit/outbound.ts';
import { Problem } from '../kit/problem.ts';
import { withoutRequestTimeout } from '../kit/request-context.ts';
import { buildConnection, type Connection } from './build-connection.ts';
import type { ConnectionChangeInput } from './connection-input.ts';
import { changesEndpoints, enteredOptions, type OptionsInput } from './connection-options.ts';
import { openOptionSecrets, sealOptionSecrets, sealSecret } from './connection-secrets.ts';
import type { ConnectionChange, ConnectionStore, NewConnectionRow } from './connection-store.ts';
import { completeEndpoints } from './discovered-endpoints.ts';
import { type IssuerChange, type IssuerMoves, issuerChange } from './issuer-change.ts';

export interface ConnectionsDeps {
  readonly store: ConnectionStore;
  readonly keyring: Keyring;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly events: Events;
  readonly issuer: string;
  readonly issuerMoves: IssuerMoves;
  /** Called after the client id, the secret or the endpoints changed: they may have caused earlier refusals. */
  readonly onRegistrationChanged?: (connectionId: string) => Promise<unknown>;
}

/** Changes a connection. @throws Problem invalid_body when a destination changes and the secret is not entered again */
export type ChangeConnection = (connection: Connection, input: ConnectionChangeInput) => Promise<void>;

export function createChangeConnection(deps: ConnectionsDeps): ChangeConnection {
  const { store, keyring, events, outbound } = deps;

  async function mergedOptions(
    connection: Connection,
    input: OptionsInput,
  ): Promise<Partial<Pick<NewConnectionRow, 'options' | 'optionSecrets'>>> {
    if (Object.keys(input).length === 0) return {};
    const row = await store.findByAlias(connection.alias);
    const secrets = openOptionSecrets(keyring, connection.id, row?.optionSecrets ?? null);
    const { plain, secret } = enteredOptions(connection.connector, input, {
      ...connection.options,
      ...secrets,
    });
    return { options: plain, optionSecrets: sealOptionSecrets(keyring, connection.id, secret) };
  }

  async function plannedIssuerChange(
    { id, alias, registration: before }: Connection,
    changed: ConnectionChange,
    moveIdentities: boolean | undefined,
  ): Promise<IssuerChange | undefined> {
    const row = await store.findByAlias(alias);
    if (!row || !(changed.endpoints || changed.options)) return undefined;
    const { registration: after } = buildConnection({ ...row, ...changed, scopes: row.scopes }, deps);
    return await issuerChange({ id, before, after, moveIdentities }, deps.issuerMoves);
  }

  return async (connection, input) => {
    const { id, alias } = connection;
    // Undefined: the endpoints stay as they are.
    const completed =
      input.endpoints && (await completeEndpoints(connection.connector, input.endpoints, outbound));
    const { endpoints, options: published } = completed ?? {};
    // A destination is an address to which the secret is sent. A stored secret must be entered again before it is sent to
    // another one, else an admin could read it there.
    const options = await mergedOptions(connection, { ...published, ...input.options });
    const destinationChanges =
      input.endpoints !== undefined || changesEndpoints(connection.connector, options.options);
    if (destinationChanges && input.client_secret === undefined && connection.hasSecret) {
      const detail = 'Enter client_secret again when endpoints, or options that decide them, change.';
      throw new Problem('invalid_body', { detail });
    }
    const changed = {
      ...(input.client_id !== undefined && { clientId: input.client_id }),
      ...(input.client_secret !== undefined && {
        clientSecret: sealSecret(keyring, id, input.client_secret),
      }),
      ...(input.scopes && { scopes: input.scopes }),
      ...(endpoints && { endpoints }),
      ...options,
      ...(input.enabled !== undefined && { enabled: input.enabled }),
      ...(input.for && { purpose: input.for }),
    };
    const issuerPlan = await plannedIssuerChange(connection, changed, input.move_identities);
    const moved = await store.change(id, changed, async (transaction) => issuerPlan?.carryOut(transaction));
    await events.record({
      type: 'connection.changed',
      connection: alias,
      detail: { fields: Object.keys(input) },
    });
    if (issuerPlan) {
      const { from, to, identities } = issuerPlan;
      const detail = { from, to, identities, moved: moved ?? 0 };
      await events.record({ type: 'connection.issuer_changed', connection: alias, detail });
    }
    if (input.client_id !== undefined || input.client_secret !== undefined || destinationChanges)
      // This may concern thousands of identities.
      await withoutRequestTimeout(async () => deps.onRegistrationChanged?.(id));
  };
}
