import type { StoredConsent } from './consent-store.ts';
import type { OptionalScopes } from './optional-scopes.ts';
import { intersectionOf, isEmpty, noScopes, type Scopes } from './scopes.ts';

/** Returns what the person left out of a request before, as far as it is still theirs to leave out. */
export async function leftOut(
  optionalScopes: OptionalScopes,
  { userId, appId: clientId, declined }: StoredConsent,
  { requested, allowed }: { readonly requested: Scopes; readonly allowed: Scopes },
): Promise<Scopes> {
  const before = intersectionOf(requested, { ...noScopes, ...declined }).resources;
  if (isEmpty(before)) return noScopes;
  const optional = await optionalScopes({ userId, clientId }, requested.resources);
  const lists = Object.entries(before).map(([resource, list]) => {
    const kept = optional.filter((one) => one.resource === resource && one.isKept);
    const isLeftOut = (name: string) =>
      kept.some(({ scope }) => scope === name) && !allowed.resources[resource]?.includes(name);
    return [resource, list.filter(isLeftOut)] as const;
  });
  return { ...noScopes, resources: Object.fromEntries(lists) };
}
