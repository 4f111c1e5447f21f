import type Provider from 'oidc-provider';
import { sendPage } from '../../http/page.ts';
import { type Locale, localeOf } from '../../kit/locale.ts';
import { Problem } from '../../kit/problem.ts';
import { connectionsNamed, type KnownConnections } from '../consent/connection-binding.ts';
import type { IssuanceDeps } from '../ports.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { AppRegistry } from '../registry/apps.ts';
import { type Choice, type Choices, namesOf } from './choices.ts';
import { type Consent, missingOf, partiesOf } from './consent.ts';
import { consentItems } from './consent-items.ts';
import { consentPage } from './consent-page.ts';
import { type Interaction, interactionGone, resourcesOf, textParam } from './find-interaction.ts';
import { bindingOf, type Step } from './step.ts';

export interface ConsentStepDeps extends Pick<IssuanceDeps, 'connections' | 'people' | 'csrf' | 'branding'> {
  readonly apis: Pick<ApiRegistry, 'byIdentifier'>;
  readonly apps: Pick<AppRegistry, 'policyOf' | 'get'>;
  readonly knownConnections: KnownConnections;
  readonly consent: Consent;
  readonly choices: Choices;
  readonly provider: () => Provider;
  readonly appNameOf: (interaction: Interaction, locale: Locale) => Promise<string>;
  /** The scopes the app may be granted for the resource it names. */
  readonly grantable: (interaction: Interaction) => Promise<ReadonlySet<string>>;
}

/** Returns the consent step: it shows the page, and handles the person's decision. */
export function createConsentStep(deps: ConsentStepDeps): { readonly show: Step; readonly decide: Step } {
  return {
    async show({ interaction, request, response }) {
      const { userId, clientId } = partiesOf(interaction);
      const app = await deps.apps.get(clientId);
      const choices = await deps.choices(interaction, app?.about);
      const scopes = await grantableScopes(interaction, choices);
      const resources = resourcesOf(interaction);
      const locale = localeOf(request, textParam(interaction, 'ui_locales'));
      const [person, appName, items, looks] = await Promise.all([
        deps.people.find(userId),
        deps.appNameOf(interaction, locale),
        consentItems(deps, { userId, clientId, resources, scopes }),
        deps.branding?.of(clientId),
      ]);
      const { uid } = interaction;
      const token = deps.csrf.field(bindingOf(interaction));
      sendPage(response, {
        ...consentPage({
          uid,
          appName,
          about: app?.about,
          host: hostOf(textParam(interaction, 'redirect_uri')),
          personName: person?.name ?? null,
          items,
          choices,
          connections: await connectionsOf(scopes),
          token,
          locale,
        }),
        app: looks,
      });
    },
    async decide({ interaction, request, response, field }) {
      if (interaction.prompt.name !== 'consent') throw interactionGone();
      const shown = field('connections');
      const app = await deps.apps.get(partiesOf(interaction).clientId);
      const choices = await deps.choices(interaction, app?.about);
      const connections = await connectionsOf(await grantableScopes(interaction, choices));
      // An alias has another connection than when the page was shown, or other lines have a box, so the person has to see the
      // page again. A page of an older version does not say what it showed, and has no boxes.
      const isOutdated =
        (shown !== undefined && shown !== connections) || (field('choices') ?? '') !== namesOf(choices);
      if (isOutdated && field('decision') === 'allow')
        return response.redirect(303, `/interaction/${interaction.uid}`);
      const withheld = choices.filter((choice) => field(choice.field) !== 'yes');
      const result = await decision(interaction, field('decision'), withheld);
      // The result of the sign-in step of this interaction is kept.
      const merge = { mergeWithLastSubmission: true };
      response.redirect(303, await deps.provider().interactionResult(request, response, result, merge));
    },
  };

  /** Returns the connections of the scopes, as the form sends them back. */
  async function connectionsOf(scopes: readonly string[]): Promise<string> {
    return connectionsNamed(scopes, await deps.knownConnections()).join(' ');
  }

  async function decision(interaction: Interaction, given: string | undefined, withheld: readonly Choice[]) {
    if (given === 'allow') return { consent: await deps.consent.allow(interaction, withheld) };
    if (given !== 'deny') throw new Problem('invalid_request', { detail: 'Allow or deny.' });
    await deps.consent.deny(interaction);
    return { error: 'access_denied', error_description: 'the person did not allow it' };
  }

  /** Returns the requested scopes that can be granted. The page does not ask for a scope that the policy lacks. */
  async function grantableScopes(
    interaction: Interaction,
    choices: readonly Choice[],
  ): Promise<readonly string[]> {
    const known = await deps.grantable(interaction);
    const asked = (textParam(interaction, 'scope') ?? '').split(' ').filter((scope) => known.has(scope));
    const missing = missingOf(interaction);
    const again = new Set(choices.flatMap(({ scope, isAgain }) => (isAgain ? [scope] : [])));
    // What the person has allowed before is not asked again. A prompt for its own sake asks for everything.
    return [...missing].some((scope) => !again.has(scope))
      ? asked.filter((scope) => missing.has(scope))
      : asked;
  }
}

/** Returns the host that gets the answer; the scheme of a private-use address, which has none. */
function hostOf(redirectUri: string | undefined): string | undefined {
  if (redirectUri === undefined || !URL.canParse(redirectUri)) return undefined;
  const { host, protocol } = new URL(redirectUri);
  return host || protocol;
}
