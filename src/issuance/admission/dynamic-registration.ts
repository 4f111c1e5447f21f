import type { Clock } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import { newId } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import { defaults } from '../registry/app-fields.ts';
import type { AppFields, AppStore } from '../registry/app-store.ts';
import { isLoopbackUri } from '../registry/redirect-uris.ts';
import { type Admission, answersBlocked } from './admission.ts';
import { demandedFields, nameWith } from './admitted-apps.ts';
import { DescriptionFault, describeClient } from './client-description.ts';
import type { FirstReads } from './first-reads.ts';

export interface RegistrationDeps {
  readonly store: Pick<AppStore, 'create'>;
  readonly admission: Pick<Admission, 'rules'>;
  readonly firstReads: FirstReads;
  readonly events: Events;
  readonly clock: Clock;
}

/**
 * Registers an app as it describes itself (RFC 7591 section 3.1). Returns the client metadata in force.
 * @throws Problem not_found while the rules allow none; DescriptionFault
 */
export type RegisterApp = (
  description: unknown,
  address: string | undefined,
) => Promise<Readonly<Record<string, unknown>>>;

/** An app gets no secret, whatever method it asks for: a server may replace what it was asked (RFC 7591 section 2). */
export function createRegistration(deps: RegistrationDeps): RegisterApp {
  return async (description, address) => {
    const rules = await deps.admission.rules();
    if (!rules.dynamicRegistration) throw new Problem('not_found');
    const { name, demands, ...described } = describeClient(description, 'secrets are left out');
    if (answersBlocked(rules, described.redirectUris))
      throw new DescriptionFault('redirect_uris name a domain that this site does not let in');
    deps.firstReads.take(address);
    const place = placeOf(described.redirectUris);
    const own = { id: newId('app'), registration: 'dynamic', secretHash: null, connections: [] } as const;
    const fields: AppFields = {
      ...defaults,
      ...own,
      ...described,
      ...demandedFields(demands, defaults),
      name: nameWith(name, place),
    };
    if (!(await deps.store.create(fields))) throw new Error('a new id exists already');
    const detail = { name: fields.name, redirect_uris: [...fields.redirectUris] };
    await deps.events.record({ type: 'app.registered_dynamically', appId: fields.id, detail });
    return {
      client_id: fields.id,
      client_id_issued_at: Math.floor(deps.clock.now().getTime() / 1000),
      client_name: fields.name,
      application_type: fields.type === 'native' ? 'native' : 'web',
      redirect_uris: fields.redirectUris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: fields.type === 'web' ? 'private_key_jwt' : 'none',
      ...(demands.dpop && { dpop_bound_access_tokens: true }),
      ...(demands.pushed && { require_pushed_authorization_requests: true }),
      ...(demands.signed && { require_signed_request_object: true }),
      ...(fields.jwks && { jwks: fields.jwks }),
      ...(fields.jwksUri !== null && { jwks_uri: fields.jwksUri }),
    };
  };
}

/** The most hosts that stand behind a name. Makers of agents use two, for their stable and their early versions. */
const mostHosts = 3;

/**
 * Returns the hosts that get the app's answers. Nothing else of such an app is known. All are named: behind the first alone,
 * which may be of a well-known agent, the others would not be seen.
 */
function placeOf(redirectUris: readonly string[]): string {
  const remote = redirectUris.filter((uri) => !isLoopbackUri(uri));
  const hosts = [...new Set(remote.map((uri) => new URL(uri).host))];
  if (hosts.length > mostHosts) throw new DescriptionFault('redirect_uris name more than three hosts');
  return hosts.length === 0 ? 'localhost' : hosts.join(', ');
}
