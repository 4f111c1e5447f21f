import { after, type Clock, days, hours } from '../kit/clock.ts';
import { addressFact, boundedFacts, changesBetween, type Facts } from '../kit/events/changes.ts';
import type { Events } from '../kit/events/events.ts';
import { newId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import type { Secret } from '../kit/secret.ts';
import { type Edit, remarksIn } from '../kit/versions.ts';
import type { DeliveryPage, DeliveryRow, DeliveryStore } from './delivery-store.ts';
import type { EndpointChange, NewEndpoint } from './endpoint-input.ts';
import type { EndpointRow, EndpointStore } from './endpoint-store.ts';
import { endpointUrlFault } from './endpoint-url.ts';
import { createResend, type Resend } from './resend.ts';
import type { ResendStore } from './resend-store.ts';
import { newSigningSecret } from './signature.ts';
import type { SigningSecrets } from './signing-secrets.ts';

/** An address that receives events. */
export interface Endpoint extends Omit<EndpointRow, 'secrets'> {
  /** The number of pending deliveries. */
  readonly pending: number;
}

export interface WebhookEndpoints extends Resend {
  /** Creates an endpoint, which receives events from now on. */
  create(input: NewEndpoint, edit?: Edit, secret?: Secret): Promise<{ endpoint: Endpoint; secret: Secret }>;
  get(id: string): Promise<Endpoint | undefined>;
  list(limit: number, afterId: string | undefined): Promise<readonly Endpoint[]>;
  /** @throws Problem not_found, as the following do; StaleVersion */
  change(id: string, input: EndpointChange, edit?: Edit): Promise<Endpoint>;
  remove(id: string, edit?: Edit): Promise<void>;
  /** Creates a new secret. For a day, deliveries are signed with the old one too. */
  rotateSecret(id: string, edit?: Edit, secret?: Secret): Promise<{ secret: Secret; oldUntil: Date }>;
  /** Returns whether this is the newest secret of the endpoint. */
  signsWith(id: string, secret: Secret): Promise<boolean>;
  deliveries(id: string, page: DeliveryPage): Promise<readonly DeliveryRow[]>;
}

export interface EndpointsDeps {
  readonly store: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly again: ResendStore;
  readonly secrets: SigningSecrets;
  readonly events: Events;
  readonly clock: Clock;
  readonly allowedPrivateHosts: readonly string[];
}

const oldSecretLifetime = hours(24);

export function createEndpoints(deps: EndpointsDeps): WebhookEndpoints {
  const { store, deliveries, secrets, events, clock } = deps;

  async function find(id: string): Promise<EndpointRow> {
    const row = await store.find(id);
    if (!row) throw new Problem('not_found');
    return row;
  }

  function requireCallable(url: string): void {
    const fault = endpointUrlFault(url, deps.allowedPrivateHosts);
    if (fault === undefined) return;
    throw new Problem('invalid_body', {
      detail: `url: ${fault}`,
      members: { errors: [{ path: 'url', message: fault }] },
    });
  }

  async function describe(rows: readonly EndpointRow[]): Promise<readonly Endpoint[]> {
    const pending = await store.pendingOf(rows.map(({ id }) => id));
    return rows.map(({ secrets: _, ...row }) => ({ ...row, pending: pending.get(row.id) ?? 0 }));
  }

  async function described(row: EndpointRow): Promise<Endpoint> {
    const [endpoint] = await describe([row]);
    if (!endpoint) throw new Problem('not_found');
    return endpoint;
  }

  return {
    ...createResend(deps),
    async create(input, { managedBy = null, reason } = {}, secret = newSigningSecret()) {
      requireCallable(input.url);
      const id = newId('whk');
      const row = await store.insert({ id, ...input, managedBy, secrets: secrets.seal(id, secret) });
      await events.record({
        type: 'webhook.created',
        detail: { webhook: id, ...boundedFacts(factsOf(row)), ...remarksIn({ reason }) },
      });
      return { endpoint: await described(row), secret };
    },
    async get(id) {
      const row = await store.find(id);
      return row && (await described(row));
    },
    list: async (limit, afterId) => await describe(await store.list(limit, afterId)),
    async change(id, input, edit = {}) {
      if (input.url !== undefined) requireCallable(input.url);
      // An admin who repairs or enables an endpoint expects an attempt now.
      const healthy = { failures: 0, failingSince: null, pausedUntil: null };
      const expectsAttempt = input.url !== undefined || input.enabled === true;
      const fields = { ...withoutUndefined(input), ...(expectsAttempt && healthy) };
      const changed = await store.change(id, fields, edit);
      if (!changed) throw new Problem('not_found');
      const { before, after: row } = changed;
      const changes = changesBetween(factsOf(before), factsOf(row));
      const detail = { webhook: id, fields: Object.keys(input), changes, ...remarksIn(edit) };
      await events.record({ type: 'webhook.changed', detail });
      return await described(row);
    },
    async remove(id, edit = {}) {
      if (!(await store.remove(id, edit))) throw new Problem('not_found');
      await events.record({ type: 'webhook.removed', detail: { webhook: id, ...remarksIn(edit) } });
    },
    async rotateSecret(id, edit = {}, secret = newSigningSecret()) {
      const until = after(clock.now(), oldSecretLifetime);
      const changed = await store.change(
        id,
        (row) => ({ secrets: secrets.rotate(id, row.secrets, { secret, until }), rotatedUntil: until }),
        edit,
      );
      if (!changed) throw new Problem('not_found');
      const detail = { webhook: id, ...remarksIn(edit) };
      await events.record({ type: 'webhook.secret_rotated', detail });
      return { secret, oldUntil: until };
    },
    async signsWith(id, secret) {
      const row = await find(id);
      const [newest] = secrets.open(id, row.secrets, clock.now());
      return newest?.equals(secret.reveal()) ?? false;
    },
    async deliveries(id, page) {
      await find(id);
      return await deliveries.list(id, page);
    },
  };
}

/**
 * Gives up deliveries that have been pending for three days. Deletes delivered ones after three days and failed ones, which
 * an admin may want to look at, after 30.
 */
export async function prune(store: DeliveryStore, now: Date): Promise<void> {
  await store.expire(after(now, -days(3)), now);
  await store.dropSettled({ delivered: after(now, -days(3)), failed: after(now, -days(30)) });
  await store.dropEmptyLanes();
}

function withoutUndefined(input: EndpointChange) {
  const { url, description, events, enabled } = input;
  return {
    ...(url !== undefined && { url }),
    ...(description !== undefined && { description }),
    ...(events && { events }),
    ...(enabled !== undefined && { enabled }),
  };
}

/** Returns an endpoint as events name it. The path of its URL may be a secret, so that only the host is named. */
function factsOf({ url, description, events, enabled, managedBy }: EndpointRow): Facts {
  const address = addressFact(url, { withPath: false });
  return { url: address, description, events, enabled, managed_by: managedBy };
}
