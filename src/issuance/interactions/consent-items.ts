import type { Text } from '../../kit/locale.ts';
import { oidcScopes, providerTokenScope } from '../consent/resource-servers.ts';
import type { Scopes } from '../consent/scopes.ts';
import type { ConnectionNames, Connections, People } from '../ports.ts';
import { texts } from '../provider/texts.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { AppRegistry } from '../registry/apps.ts';

/** One line of an app's request for consent. */
export type ConsentItem =
  | { readonly kind: 'words'; readonly text: Text }
  | {
      readonly kind: 'api';
      readonly resource: string;
      readonly scope: string;
      readonly api: string;
      readonly description: string;
    }
  | {
      readonly kind: 'account';
      readonly resource: string;
      /** The name of the API that uses the account on behalf of the app's users; undefined: the app itself uses it. */
      readonly api: string | undefined;
      readonly alias: string;
      /** `idp:{alias}`. */
      readonly scope: string;
      readonly names: ConnectionNames;
      readonly accounts: readonly string[];
      /** The upstream scopes that the app may use, with their words for people. */
      readonly scopes: readonly { readonly name: string; readonly words: Text | undefined }[];
      /** The app may also use the account while the person is away. */
      readonly away: boolean;
    };

export type AccountItem = Extract<ConsentItem, { readonly kind: 'account' }>;
export type ApiItem = Extract<ConsentItem, { readonly kind: 'api' }>;

export interface ConsentItemDeps {
  readonly people: Pick<People, 'linked'>;
  readonly connections: Pick<Connections, 'namesOf'>;
  readonly apis: Pick<ApiRegistry, 'byIdentifier'>;
  readonly apps: Pick<AppRegistry, 'policyOf'>;
}

export interface ConsentRequest {
  readonly userId: string;
  readonly clientId: string;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  /** The scopes that the app may be granted, by resource. */
  readonly grantable: Scopes['resources'];
}

/** Returns the meaning of a request's scopes: the person's data, then the APIs, then the linked accounts. */
export async function consentItems(
  deps: ConsentItemDeps,
  request: ConsentRequest,
): Promise<readonly ConsentItem[]> {
  const words = oidcScopes
    .filter((scope) => request.scopes.includes(scope))
    .map((scope) => ({ kind: 'words', text: texts[scope] }) as const);

  const apis = await Promise.all(request.resources.map(deps.apis.byIdentifier));
  const ofApis = apis.flatMap((api) =>
    (api?.scopes ?? [])
      .filter(({ name }) => request.scopes.includes(name))
      .map(({ name, description }) => {
        const { identifier: resource = '', name: title = '' } = api ?? {};
        return { kind: 'api', resource, scope: name, api: title, description: description || name } as const;
      }),
  );

  const named = request.resources.flatMap((resource, index) =>
    request.scopes
      .filter((scope) => scope.startsWith(providerTokenScope) && request.grantable[resource]?.includes(scope))
      .map((scope) => ({ resource, api: apis[index], alias: scope.slice(providerTokenScope.length) })),
  );
  const linked = named.length > 0 ? await deps.people.linked(request.userId) : [];
  const policy = [...(await deps.apps.policyOf(request.clientId)).values()];
  const accounts = await Promise.all(
    named.map(async ({ resource, api, alias }) => {
      const unnamed = { en: alias, zh: alias };
      const line = api
        ? api.connections.find(({ connection }) => connection === alias)
        : policy.find((one) => one.alias === alias);
      const own = line?.scopes ?? [];
      const names: ConnectionNames = (await deps.connections.namesOf(alias)) ?? {
        title: unnamed,
        account: unnamed,
        platform: unnamed,
      };
      const linkedAccounts = linked.filter(({ connection }) => connection === alias);
      return {
        kind: 'account',
        resource,
        api: api?.name,
        alias,
        scope: `${providerTokenScope}${alias}`,
        names,
        accounts: linkedAccounts.map(({ name, identityId }) => name ?? identityId),
        scopes: (own.length > 0 ? own : (names.scopes ?? [])).map((name) => ({
          name,
          words: names.wordsOf?.(name),
        })),
        away: line !== undefined && 'background' in line && line.background,
      } as const;
    }),
  );
  return [...words, ...ofApis, ...accounts];
}
