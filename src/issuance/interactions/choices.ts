import type { ConsentStore } from '../consent/consent-store.ts';
import type { OptionalScope, OptionalScopes } from '../consent/optional-scopes.ts';
import { providerTokenScope } from '../consent/resource-servers.ts';
import type { Scopes } from '../consent/scopes.ts';
import type { AppAbout } from '../registry/app.ts';
import { openScopes, partiesOf } from './consent.ts';
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
}

export interface ChoicesDeps {
  readonly optionalScopes: OptionalScopes;
  readonly consents: Pick<ConsentStore, 'find'>;
}

export function createChoices({ optionalScopes, consents }: ChoicesDeps): Choices {
  return async (interaction, { about, grantable }) => {
    const pair = partiesOf(interaction);
    const asked = (textParam(interaction, 'scope') ?? '').split(' ');
    const resources = resourcesOf(interaction);
    const known = (resource: string) => asked.filter((scope) => grantable[resource]?.includes(scope));
    const [optional, consent] = await Promise.all([
      optionalScopes(pair, Object.fromEntries(resources.map((resource) => [resource, known(resource)]))),
      consents.find(pair.userId, pair.clientId),
    ]);
    const isSeparate = needsSeparateConsent(about);
    return Object.entries(openScopes(interaction, grantable)).flatMap(([resource, scopes]) =>
      scopes.flatMap((scope) => {
        const one = optional.find((other) => other.resource === resource && other.scope === scope);
        const alias = scope.startsWith(providerTokenScope)
          ? scope.slice(providerTokenScope.length)
          : undefined;
        const isNeeded = isSeparate && alias !== undefined;
        if (!one && !isNeeded) return [];
        const before = consent?.declined.resources[resource] ?? [];
        const isAgain = one?.isKept === true && before.includes(scope);
        // The person's own answer of before, and the law, come before the wish of the app.
        const isTicked = one?.isTicked === true && !isNeeded && !isAgain;
        const field =
          alias === undefined ? `scope_${resources.indexOf(resource)}_${scope}` : shareField(alias);
        return [{ resource, scope, field, isTicked, isKept: one?.isKept ?? false, isAgain }];
      }),
    );
  };
}
