import { errors, Provider } from 'oidc-provider';
import { clientAddress, keptAddress } from '../../http/client-address.ts';
import type { FindAdmitted } from '../admission/admitted-apps.ts';
import { DescriptionFault } from '../admission/client-description.ts';
import type { StoredApp } from '../registry/app-store.ts';

/** Finds the app of a client id for the request that oidc-provider handles. @throws errors.InvalidClient */
export type FindApp = (clientId: string) => Promise<StoredApp | undefined>;

/** The endpoints that may read a metadata document which no request has named before. */
const beginning: ReadonlySet<string | undefined> = new Set(['authorization', 'pushed_authorization_request']);

/** Each request asks once: oidc-provider looks for the client of a refused request again. */
export function createFindApp(find: FindAdmitted): FindApp {
  const asked = new WeakMap<object, Map<string, Promise<StoredApp | undefined>>>();
  return (clientId) => {
    const { ctx } = Provider;
    const request = ctx?.req as { readonly ip?: string } | undefined;
    if (!ctx || !clientId.startsWith('https://'))
      return find(clientId, { beginsSignIn: false, address: undefined });
    const address = keptAddress(request && clientAddress({ ip: request.ip }), 'prefix');
    const known = asked.get(ctx) ?? new Map<string, Promise<StoredApp | undefined>>();
    asked.set(ctx, known);
    const found =
      known.get(clientId) ??
      find(clientId, { beginsSignIn: beginning.has(ctx.oidc?.route), address }).catch(refuse);
    known.set(clientId, found);
    return found;
  };
}

function refuse(error: unknown): never {
  if (!(error instanceof DescriptionFault)) throw error;
  throw new errors.InvalidClient(`the metadata document of the app cannot be used: ${error.message}`);
}
