import type { Connections } from '../ports.ts';
import { providerTokenScope } from './resource-servers.ts';

/** Returns `idp:{alias}` for each connection that is in use, as metadata list them. */
export async function accountScopes({ known }: Pick<Connections, 'known'>): Promise<readonly string[]> {
  return (await known()).filter(({ enabled }) => enabled).map(({ alias }) => `${providerTokenScope}${alias}`);
}
