import type { OptionalScope, OptionalScopes } from '../consent/optional-scopes.ts';
import { providerTokenScope } from '../consent/resource-servers.ts';
import type { Declined, Scopes } from '../consent/scopes.ts';
import type { AppAbout } from '../registry/app.ts';
import { partiesOf } from './consent.ts';
import { type Interaction, resourcesOf, textParam } from './find-interaction.ts';
import { needsSeparateConsent, shareField } from './recipient.ts';

/** A line of the consent page with a box. */
export interface Choice extends OptionalScope {
  /** The name of the box. */
  readonly field: string;
  /** The person left it out before. */
  readonly isAgain: boolean;
}

/** Returns the boxes of an interaction's consent page. */
export type Choices = (interaction: Interaction, about: Asked) => Promise<readonly Choice[]>;

export interface Asked {
  /** The facts about the operator of the app. */
  readonly about: AppAbout | null | undefined;
  /** The scopes that the app may be granted, by resource. */
  readonly grantable: Scopes['resources'];
  /** Those that the answer decides about. */
  readonly open: Scopes['resources'];
  /** What the person left out before. */
  readonly declined: Declined | undefined;
}

/** `broker`: the identifier of the broker's own API. */
export function createChoices(optionalScopes: OptionalScopes, broker: string): Choices {
  return async (interaction, { about, grantable, open, declined }) => {
    const asked = (textParam(interaction, 'scope') ?? '').split(' ');
    const resources = resourcesOf(interaction);
    const known = (resource: string) => asked.filter((scope) => grantable[resource]?.includes(scope));
    const all = Object.fromEntries(resources.map((resource) => [resource, known(resource)]));
    const optional = await optionalScopes(partiesOf(interaction), all);
    const isSeparate = needsSeparateConsent(about);
    return Object.entries(open).flatMap(([resource, scopes]) =>
      scopes.flatMap((scope) => {
        const one = optional.find((other) => other.resource === resource && other.scope === scope);
        const alias = scope.startsWith(providerTokenScope)
          ? scope.slice(providerTokenScope.length)
          : undefined;
        const isNeeded = isSeparate && alias !== undefined;
        if (!one && !isNeeded) return [];
        const before = declined?.resources[resource] ?? [];
        const isAgain = one?.isKept === true && before.includes(scope);
        // The person's own answer of before, and the law, come before the wish of the app.
        const isTicked = one?.isTicked === true && !isNeeded && !isAgain;
        const isOfApp = alias !== undefined && resource === broker;
        const field = isOfApp ? shareField(alias) : `scope_${resources.indexOf(resource)}_${scope}`;
        return [{ resource, scope, field, isTicked, isKept: one?.isKept ?? false, isAgain }];
      }),
    );
  };
}
