import { issuersOf, type Registration } from '../connectors/contract/registration.ts';
import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Outbound } from '../kit/outbound.ts';
import { bytesOf } from '../kit/picture.ts';
import { withoutRequestTimeout } from '../kit/request-context.ts';
import type { Edit } from '../kit/versions.ts';
import { buildConnection, type Connection } from './build-connection.ts';
import { changeDetail } from './connection-facts.ts';
import type { ConnectionChangeInput } from './connection-input.ts';
import { changesEndpoints, enteredOptions, type OptionsInput } from './connection-options.ts';
import { openOptionSecrets, sealOptionSecrets, sealSecret } from './connection-secrets.ts';
import type { ConnectionChange, ConnectionStore, NewConnectionRow } from './connection-store.ts';
import { completeEndpoints } from './discovered-endpoints.ts';
import { type IssuerMoves, issuerChange } from './issuer-change.ts';
import { type ConfirmOriginChange, originChange, requirePresentSecret } from './origin-change.ts';

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

/**
 * Changes a connection. @throws Problem invalid_body when a destination changes without the present secret, or moves to
 * another origin without a reason; StaleVersion
 */
export type ChangeConnection = (
  connection: Connection,
  input: ConnectionChangeInput,
  confirm?: ConfirmOriginChange,
  edit?: Edit,
) => Promise<void>;

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

  /** Returns the registration after the change, or undefined if its addresses stay. */
  async function registrationAfter(
    { alias }: Connection,
    changed: ConnectionChange,
  ): Promise<Registration | undefined> {
    if (!(changed.endpoints || changed.options)) return undefined;
    const row = await store.findByAlias(alias);
    const { logo: _, apiDescription: _document, ...settings } = changed;
    return row && buildConnection({ ...row, ...settings, scopes: row.scopes }, deps).registration;
  }

  return async (connection, input, confirm = () => input.reason, edit = {}) => {
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
    if (destinationChanges) requirePresentSecret(connection, input.client_secret);
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
      ...(input.display_name !== undefined && { displayName: input.display_name }),
      ...(input.hidden !== undefined && { hidden: input.hidden }),
      ...(input.position !== undefined && { position: input.position }),
      ...(input.api_description !== undefined && { apiDescription: input.api_description }),
      ...(input.logo !== undefined && { logo: input.logo === null ? null : bytesOf(input.logo) }),
    };
    const { registration: before } = connection;
    const after = await registrationAfter(connection, changed);
    const moving = after && originChange(connection, after, { input, confirm });
    const { move_identities: moveIdentities } = input;
    const issuerPlan = after && (await issuerChange({ id, before, after, moveIdentities }, deps.issuerMoves));
    const concerned = moving && (await deps.issuerMoves.count(id, issuersOf(before)));
    const moved = await store.change(
      id,
      changed,
      async (transaction) => issuerPlan?.carryOut(transaction),
      edit,
    );
    await events.record({
      type: 'connection.changed',
      connection: alias,
      detail: changeDetail(connection, { ...changed, ...edit }, input),
    });
    if (moving) {
      const detail = { ...moving, identities: concerned ?? 0 };
      await events.record({ type: 'connection.origin_changed', connection: alias, detail });
    }
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
