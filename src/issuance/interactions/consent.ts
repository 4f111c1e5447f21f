import type Provider from 'oidc-provider';
import { z } from 'zod';
import type { Clock } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import { connectionsNamed, type KnownConnections } from '../consent/connection-binding.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import { grantOfSession } from '../consent/grant-lifetime.ts';
import { addTo, noScopes, type Scopes, unionOf } from '../consent/scopes.ts';
import { type Interaction, interactionGone, textParam } from './find-interaction.ts';

export interface ConsentDeps {
  readonly provider: () => Provider;
  readonly consents: ConsentStore;
  readonly knownConnections: KnownConnections;
  readonly events: Events;
  readonly clock: Clock;
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

/** Returns the person who is asked, and the app that asks. */
export function partiesOf(interaction: Interaction): { userId: string; clientId: string } {
  const userId = interaction.session?.accountId;
  const clientId = textParam(interaction, 'client_id');
  if (userId === undefined || clientId === undefined) throw interactionGone();
  return { userId, clientId };
}

export interface Consent {
  /** Adds the requested scopes without the withheld ones to the grant of this session, and stores the consent. */
  allow(interaction: Interaction, withheld?: ReadonlySet<string>): Promise<{ grantId: string }>;
  deny(interaction: Interaction): Promise<void>;
}

export function createConsent({ provider, consents, knownConnections, events, clock }: ConsentDeps): Consent {
  return {
    async allow(interaction, withheld = new Set()) {
      const { userId, clientId } = partiesOf(interaction);
      const { missingOIDCScope: oidc, missingResourceScopes: missing } = missingScopes.parse(
        interaction.prompt.details,
      );
      const resources = Object.fromEntries(
        Object.entries(missing).map(([resource, scopes]) => [
          resource,
          scopes.filter((scope) => !withheld.has(scope)),
        ]),
      );
      const connections = connectionsNamed(Object.values(resources).flat(), await knownConnections());
      const allowed: Scopes = { oidc, resources, connections };

      const { Grant } = provider();
      const begunGrant =
        interaction.grantId === undefined ? undefined : await Grant.find(interaction.grantId);
      const grant =
        begunGrant ?? grantOfSession(provider(), { accountId: userId, clientId }, interaction.session?.uid);
      addTo(grant, allowed);
      // What the person withheld is rejected, or the same page would come again at once.
      for (const [resource, scopes] of Object.entries(missing)) {
        const rejected = scopes.filter((scope) => withheld.has(scope));
        if (rejected.length > 0) grant.rejectResourceScope(resource, rejected.join(' '));
      }
      const grantId = await grant.save();

      const consentedBefore = (await consents.find(userId, clientId))?.scopes ?? noScopes;
      await consents.put({
        userId,
        appId: clientId,
        scopes: unionOf(consentedBefore, allowed),
        at: clock.now(),
      });
      const scopes = [...new Set([...oidc, ...Object.values(resources).flat()])];
      await events.record({
        type: 'consent.given',
        userId,
        appId: clientId,
        detail: { scopes, ...(withheld.size > 0 && { withheld: [...withheld] }) },
      });
      return { grantId };
    },
    async deny(interaction) {
      const { userId, clientId } = partiesOf(interaction);
      await events.record({ type: 'consent.denied', userId, appId: clientId });
    },
  };
}
