import type { People } from '../ports.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { AccountConsent } from '../registry/app.ts';
import type { AppRegistry } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import { providerTokenScope } from './resource-servers.ts';
import type { Scopes } from './scopes.ts';
import type { AppOfPerson } from './standing-scopes.ts';

/** A scope that the person may leave out of a consent. */
export interface OptionalScope {
  readonly resource: string;
  readonly scope: string;
  /** The state of its box when the page opens. */
  readonly isTicked: boolean;
  /** A no counts for later requests too. Otherwise the next request asks again. */
  readonly isKept: boolean;
}

/** Returns which of the scopes of a whole request the person may leave out. */
export type OptionalScopes = (
  pair: AppOfPerson,
  asked: Scopes['resources'],
) => Promise<readonly OptionalScope[]>;

export interface OptionalScopesDeps {
  readonly audiences: Pick<Audiences, 'broker'>;
  readonly people: Pick<People, 'linked'>;
  readonly apis: Pick<ApiRegistry, 'byIdentifier'>;
  readonly apps: Pick<AppRegistry, 'policyOf'>;
}

/**
 * Two kinds of scopes are optional: those that the app's policy or the API marks, and accounts that the person has not
 * linked. A person agrees to an account that is not there yet by a tick of its own. The request names it, so that the tick is
 * set unless the app's policy says otherwise.
 */
export function createOptionalScopes({ audiences, people, apis, apps }: OptionalScopesDeps): OptionalScopes {
  async function accounts(userId: string, resource: string, { lines, asked }: Accounts) {
    const named = asked.filter((scope) => scope.startsWith(providerTokenScope));
    if (named.length === 0) return [];
    const [policy, linked] = await Promise.all([lines(), people.linked(userId)]);
    const isSingle = named.length === 1;
    return policy.flatMap(({ alias, consent }) => {
      const scope = providerTokenScope + alias;
      const isLinked = linked.some(({ connection }) => connection === alias);
      if (!named.includes(scope) || (consent === 'required' && isLinked)) return [];
      const isTicked = consent !== 'unticked';
      // A single account that the app needs is asked for again, or a later request for it would come to nothing.
      return [{ resource, scope, isTicked, isKept: consent !== 'required' || !isSingle }];
    });
  }

  async function ofApi(userId: string, resource: string, asked: readonly string[]) {
    const { scopes = [], connections = [] } = (await apis.byIdentifier(resource)) ?? {};
    const lines = async () => connections.map(({ connection, ...line }) => ({ alias: connection, ...line }));
    const own = scopes
      .filter(({ name, optional }) => optional && asked.includes(name))
      .map(({ name }) => ({ resource, scope: name, isTicked: true, isKept: true }));
    return [...own, ...(await accounts(userId, resource, { lines, asked }))];
  }

  return async ({ userId, clientId }, asked) => {
    const policyOfApp = async () => [...(await apps.policyOf(clientId)).values()];
    const lists = Object.entries(asked).map(([resource, scopes]) =>
      resource === audiences.broker
        ? accounts(userId, resource, { lines: policyOfApp, asked: scopes })
        : ofApi(userId, resource, scopes),
    );
    return (await Promise.all(lists)).flat();
  };
}

interface Accounts {
  /** The policy of the app, or of the API. */
  readonly lines: () => Promise<readonly { readonly alias: string; readonly consent: AccountConsent }[]>;
  readonly asked: readonly string[];
}
