import type { Request, Response } from 'express';
import type { InteractionResults, default as Provider } from 'oidc-provider';
import { sendPage } from '../../http/page.ts';
import type { Clock } from '../../kit/clock.ts';
import { hashOf } from '../../kit/ids.ts';
import { type Locale, localeOf } from '../../kit/locale.ts';
import { Problem } from '../../kit/problem.ts';
import { connectionsNamed, type KnownConnections } from '../consent/connection-binding.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import { noScopes, type Scopes } from '../consent/scopes.ts';
import type { IssuanceDeps } from '../ports.ts';
import { callsIn } from '../provider/rich-requests.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { App } from '../registry/app.ts';
import type { AppRegistry } from '../registry/apps.ts';
import { type AskedCall, type ChosenCall, chosenCalls, type ExactCalls } from '../tokens/call-details.ts';
import type { Asked, Choice, Choices } from './choices.ts';
import { type Answer, type Consent, missingOf, openScopes, partiesOf } from './consent.ts';
import { type ConsentItem, consentItems } from './consent-items.ts';
import { consentPage, type ShownFields } from './consent-page.ts';
import { type Interaction, interactionGone, resourcesOf, textParam } from './find-interaction.ts';
import { bindingOf, type Step } from './step.ts';

export interface ConsentStepDeps extends Pick<IssuanceDeps, 'connections' | 'people' | 'csrf' | 'branding'> {
  readonly apis: Pick<ApiRegistry, 'byIdentifier'>;
  readonly apps: Pick<AppRegistry, 'policyOf' | 'get'>;
  readonly knownConnections: KnownConnections;
  readonly consents: Pick<ConsentStore, 'find'>;
  readonly clock: Clock;
  readonly consent: Consent;
  readonly choices: Choices;
  /** Undefined while no room judges calls. */
  readonly exactCalls: () => ExactCalls | undefined;
  readonly provider: () => Provider;
  readonly appNameOf: (interaction: Interaction, locale: Locale) => Promise<string>;
  /** The scopes that the app may be granted, by the resources that it names. */
  readonly grantable: (interaction: Interaction) => Promise<Scopes['resources']>;
}

interface Approving {
  readonly asked: readonly AskedCall[];
  readonly chosen: readonly ChosenCall[];
}

interface Boxes {
  readonly choices: readonly Choice[];
}

/** Returns the consent step: it shows the page, and handles the person's decision. */
export function createConsentStep(deps: ConsentStepDeps): { readonly show: Step; readonly decide: Step } {
  return {
    async show({ interaction, request, response }) {
      const { userId, clientId } = partiesOf(interaction);
      const asked = await read(interaction);
      const { app, choices, hasChanged } = asked;
      const scopes = grantableScopes(interaction, asked);
      const calls = await callsOf(interaction);
      if ('error' in calls) return await finish(request, response, calls);
      // The policy has lost the scopes since, or the account is not known. A press on Allow would be `access_denied`.
      if (scopes.length === 0 && calls.length === 0) return await finish(request, response, nothingToAllow);
      const locale = localeOf(request, textParam(interaction, 'ui_locales'));
      const [person, appName, items, looks] = await Promise.all([
        deps.people.find(userId),
        deps.appNameOf(interaction, locale),
        itemsOf(interaction, asked),
        deps.branding?.of(clientId),
      ]);
      const { uid } = interaction;
      const token = deps.csrf.field(bindingOf(interaction));
      sendPage(response, {
        ...consentPage({
          uid,
          appName,
          about: app?.about,
          // A device has no redirect URI, and its app may have a home page.
          origin: {
            app,
            hasChanged,
            host: hostOf(textParam(interaction, 'redirect_uri') ?? app?.homepage ?? undefined),
          },
          personName: person?.name ?? null,
          items,
          choices,
          calls,
          shown: { ...(await shownFields(interaction, asked, items)), calls: digestOf(calls) },
          token,
          locale,
        }),
        app: looks,
      });
    },
    async decide({ interaction, request, response, field }) {
      if (interaction.prompt.name !== 'consent') throw interactionGone();
      // The consent counts from before it was read: a document that changes meanwhile outdates it.
      const at = deps.clock.now();
      const asked = await read(interaction);
      const { open, choices } = asked;
      const calls = await callsOf(interaction);
      if ('error' in calls) return await finish(request, response, calls);
      const chosen = chosenCalls(calls, field);
      const shown = await shownFields(interaction, asked, await itemsOf(interaction, asked));
      // An alias has another connection than when the page was shown, there are other lines or boxes, or the app or an API says
      // something else of itself, so the person has to see the page again. A page of an older version does not say what it
      // showed, and has no boxes.
      const { connections, scopes, facts } = shown;
      const isOutdated =
        (field('connections') ?? (choices.length > 0 ? '' : connections)) !== connections ||
        (field('scopes') ?? scopes) !== scopes ||
        (field('facts') ?? facts) !== facts ||
        (field('calls') ?? '') !== digestOf(calls) ||
        !chosen;
      if (isOutdated && field('decision') === 'allow')
        return response.redirect(303, `/interaction/${interaction.uid}`);
      const withheld = choices.filter((choice) => field(choice.field) !== 'yes');
      const result = await decision(interaction, field('decision'), {
        ...{ shown: open, withheld, at },
        ...{ asked: calls, chosen: chosen ?? [] },
      });
      await finish(request, response, result);
    },
  };

  /** The result of the sign-in step of this interaction is kept. */
  async function finish(request: Request, response: Response, result: InteractionResults): Promise<void> {
    const merge = { mergeWithLastSubmission: true };
    response.redirect(303, await deps.provider().interactionResult(request, response, result, merge));
  }

  async function read(interaction: Interaction) {
    const { userId, clientId } = partiesOf(interaction);
    const [app, grantable, consent] = await Promise.all([
      deps.apps.get(clientId),
      deps.grantable(interaction),
      deps.consents.find(userId, clientId),
    ]);
    const open = openScopes(interaction, { grantable, allowed: consent?.scopes ?? noScopes });
    const about = { about: app?.about, grantable, open, declined: consent?.declined };
    const hasChanged = consent?.isOutdated === true;
    return { app, grantable, hasChanged, open, choices: await deps.choices(interaction, about) };
  }

  /**
   * Returns what the page shows, as the form sends it back. The names of boxes stand with the ids of connections: an older
   * process, which knows no boxes and would allow all, then takes the form as outdated.
   */
  async function shownFields(
    interaction: Interaction,
    asked: Pick<Asked, 'grantable' | 'open'> & Boxes & { readonly app: App | undefined },
    items: readonly ConsentItem[],
  ): Promise<Omit<ShownFields, 'calls'>> {
    const { app, open, choices } = asked;
    const named = grantableScopes(interaction, asked);
    const ids = connectionsNamed(named, await deps.knownConnections());
    const resources = resourcesOf(interaction);
    const scopes = Object.entries(open).flatMap(([resource, list]) =>
      list.map((scope) => `${resources.indexOf(resource)}_${scope}`),
    );
    const connections = [...ids, ...choices.map(({ field }) => field)];
    return {
      connections: connections.join(' '),
      scopes: scopes.join(' '),
      facts: hashOf(JSON.stringify([app && factsOf(app), items.filter(isOfOthers)], withoutWords)),
    };
  }

  async function itemsOf(interaction: Interaction, asked: Pick<Asked, 'grantable'> & Boxes) {
    const scopes = grantableScopes(interaction, asked);
    const about = { ...partiesOf(interaction), resources: resourcesOf(interaction) };
    return await consentItems(deps, { ...about, scopes, grantable: asked.grantable });
  }

  async function decision(
    interaction: Interaction,
    given: string | undefined,
    { asked, chosen, ...answer }: Omit<Answer, 'details'> & Approving,
  ) {
    const parties = partiesOf(interaction);
    if (given === 'allow') {
      // The calls are stored first: a token must never name one that is not.
      const details = chosen.length > 0 ? await deps.exactCalls()?.approve(parties, chosen) : undefined;
      return { consent: await deps.consent.allow(interaction, { ...answer, details: details ?? [] }) };
    }
    if (given !== 'deny') throw new Problem('invalid_request', { detail: 'Allow or deny.' });
    await deps.consent.deny(interaction);
    if (asked.length > 0) await deps.exactCalls()?.deny(parties, asked);
    return { error: 'access_denied', error_description: 'the person did not allow it' };
  }

  /** Returns the calls that the app asks for, as this person reads them, or the answer for the app. */
  async function callsOf(interaction: Interaction): Promise<readonly AskedCall[] | typeof nothingToAllow> {
    const details = callsIn(interaction.params);
    if (details.length === 0) return [];
    const calls = await deps.exactCalls()?.asked(partiesOf(interaction), details);
    if (calls && !('fault' in calls)) return calls;
    const { field = 'type', fault = 'cannot be asked for here' } = calls ?? {};
    return { error: 'invalid_authorization_details', error_description: `${field} ${fault}` };
  }

  /** Returns the requested scopes that can be granted. The page does not ask for a scope that the policy lacks. */
  function grantableScopes(
    interaction: Interaction,
    { grantable, choices }: Pick<Asked, 'grantable'> & Boxes,
  ): readonly string[] {
    const known = new Set(Object.values(grantable).flat());
    const asked = (textParam(interaction, 'scope') ?? '').split(' ').filter((scope) => known.has(scope));
    const missing = missingOf(interaction);
    const again = new Set(choices.flatMap(({ scope, isAgain }) => (isAgain ? [scope] : [])));
    // What the person has allowed before is not asked again. A prompt for its own sake asks for everything.
    return [...missing].some((scope) => !again.has(scope))
      ? asked.filter((scope) => missing.has(scope))
      : asked;
  }
}

/** Our own words differ between two versions that serve at the same time, and say the same. */
const isOfOthers = ({ kind }: ConsentItem) => kind !== 'words';
const withoutWords = (name: string, value: unknown) => (name === 'words' ? undefined : value);

/** Returns the members of an app by which a person knows it, and that say where the answer goes. */
function factsOf({ name, displayName, about, homepage, domain, redirectUris, documentChangedAt }: App) {
  return { name, displayName, about, homepage, domain, redirectUris, documentChangedAt };
}

const nothingToAllow = {
  error: 'invalid_scope',
  error_description: 'nothing of this scope can be allowed',
};

/** Returns the host that gets the answer; the scheme of a private-use address, which has none. */
function hostOf(redirectUri: string | undefined): string | undefined {
  if (redirectUri === undefined || !URL.canParse(redirectUri)) return undefined;
  const { host, protocol } = new URL(redirectUri);
  return host || protocol;
}

/** Returns what the form sends back about the calls that the page shows. */
function digestOf(calls: readonly AskedCall[]): string {
  return calls.length === 0 ? '' : hashOf(JSON.stringify(calls));
}
