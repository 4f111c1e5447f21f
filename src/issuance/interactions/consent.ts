import type Provider from 'oidc-provider';
import { z } from 'zod';
import type { Events } from '../../kit/events/events.ts';
import { connectionsNamed, type KnownConnections } from '../consent/connection-binding.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import { grantOfSession } from '../consent/grant-lifetime.ts';
import type { OptionalScope } from '../consent/optional-scopes.ts';
import { providerTokenScope } from '../consent/resource-servers.ts';
import { addTo, declinedAfter, noScopes, rejectFor, type Scopes, unionOf } from '../consent/scopes.ts';
import type { Audiences } from '../registry/audiences.ts';
import { type ApprovedDetail, grantedDetail } from '../tokens/call-details.ts';
import { type Interaction, interactionGone, textParam } from './find-interaction.ts';

export interface ConsentDeps {
  readonly audiences: Pick<Audiences, 'broker'>;
  readonly provider: () => Provider;
  readonly consents: ConsentStore;
  readonly knownConnections: KnownConnections;
  readonly events: Events;
}

/** The requested scopes that the grant lacks, as oidc-provider's prompt lists them. */
const missingScopes = z.object({
  missingOIDCScope: z.array(z.string()).default([]),
  missingResourceScopes: z.record(z.string(), z.array(z.string())).default({}),
});

/** Returns the requested scopes that the grant lacks. */
export function missingOf({ prompt }: Interaction): ReadonlySet<string> {
  const { missingOIDCScope, missingResourceScopes } = missingScopes.parse(prompt.details);
  return new Set([...missingOIDCScope, ...Object.values(missingResourceScopes).flat()]);
}

/**
 * Returns those of resources, by resource, that the answer decides about. The policy or the API may have lost a scope since
 * the request began, and the page does not show it. The person may have allowed a scope in another tab.
 */
export function openScopes(
  { prompt }: Interaction,
  { grantable, allowed }: { readonly grantable: Scopes['resources']; readonly allowed: Scopes },
): Scopes['resources'] {
  const { missingResourceScopes } = missingScopes.parse(prompt.details);
  const lists = Object.entries(missingResourceScopes).map(([resource, scopes]) => {
    const known = new Set(grantable[resource]);
    const before = new Set(allowed.resources[resource]);
    return [resource, scopes.filter((scope) => known.has(scope) && !before.has(scope))] as const;
  });
  return Object.fromEntries(lists);
}

/** Returns the person who is asked, and the app that asks. */
export function partiesOf(interaction: Interaction): { userId: string; clientId: string } {
  const userId = interaction.session?.accountId;
  const clientId = textParam(interaction, 'client_id');
  if (userId === undefined || clientId === undefined) throw interactionGone();
  return { userId, clientId };
}

/** A scope whose box has no tick. */
export type Withheld = Omit<OptionalScope, 'isTicked'>;

export interface Answer {
  /** The scopes that the page showed, by resource. */
  readonly shown: Scopes['resources'];
  readonly withheld: readonly Withheld[];
  /** When the facts on which the answer rests were read. */
  readonly at: Date;
  /** The calls that the person has approved. */
  readonly details: readonly ApprovedDetail[];
}

export interface Consent {
  /** Adds the scopes that were shown, without the withheld ones, to the grant of this session, and stores the consent. */
  allow(interaction: Interaction, answer: Answer): Promise<{ grantId: string }>;
  deny(interaction: Interaction): Promise<void>;
}

/** Returns the identifiers of the APIs that may use accounts on behalf of the app. */
function apisWithAccounts(resources: Scopes['resources'], broker: string): readonly string[] {
  return Object.entries(resources).flatMap(([resource, scopes]) =>
    resource !== broker && scopes.some((scope) => scope.startsWith(providerTokenScope)) ? [resource] : [],
  );
}

export function createConsent(deps: ConsentDeps): Consent {
  const { audiences, provider, consents, knownConnections, events } = deps;
  return {
    async allow(interaction, { shown, withheld, details, at }) {
      const { userId, clientId } = partiesOf(interaction);
      const { missingOIDCScope: oidc } = missingScopes.parse(interaction.prompt.details);
      const known = await knownConnections();
      const pick = (isPicked: (resource: string, scope: string) => boolean): Scopes => {
        const resources = Object.fromEntries(
          Object.entries(shown).map(([resource, scopes]) => [
            resource,
            scopes.filter((scope) => isPicked(resource, scope)),
          ]),
        );
        return { oidc, resources, connections: connectionsNamed(Object.values(resources).flat(), known) };
      };
      const find = (resource: string, scope: string) =>
        withheld.find((one) => one.resource === resource && one.scope === scope);
      const allowed = pick((resource, scope) => !find(resource, scope));
      const rejected = pick((resource, scope) => Boolean(find(resource, scope)));
      const kept = pick((resource, scope) => find(resource, scope)?.isKept === true);

      const { Grant } = provider();
      const begunGrant =
        interaction.grantId === undefined ? undefined : await Grant.find(interaction.grantId);
      const grant =
        begunGrant ?? grantOfSession(provider(), { accountId: userId, clientId }, interaction.session?.uid);
      addTo(grant, allowed);
      // What the person withheld is rejected, or the same page would come again at once.
      rejectFor(grant, rejected.resources);
      // Only the calls of this press: a form that is sent twice must not let a call through twice.
      if (details.length > 0) grant.rar = details.map((detail) => grantedDetail.parse(detail));
      const grantId = await grant.save();

      const before = await consents.find(userId, clientId);
      await consents.put({
        userId,
        appId: clientId,
        scopes: unionOf(before?.scopes ?? noScopes, allowed),
        declined: declinedAfter(before?.declined ?? noScopes, allowed, kept),
        at,
      });
      const scopes = [...new Set([...oidc, ...Object.values(allowed.resources).flat()])];
      const leftOut = [...new Set(Object.values(rejected.resources).flat())];
      const apis = apisWithAccounts(allowed.resources, audiences.broker);
      await events.record({
        type: 'consent.given',
        userId,
        appId: clientId,
        detail: {
          scopes,
          ...(apis.length > 0 && { apis }),
          ...(leftOut.length > 0 && { withheld: leftOut }),
        },
      });
      return { grantId };
    },
    async deny(interaction) {
      const { userId, clientId } = partiesOf(interaction);
      await events.record({ type: 'consent.denied', userId, appId: clientId });
    },
  };
}
