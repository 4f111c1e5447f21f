import type { Clock } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import type { App } from '../registry/app.ts';
import type { EndAppsIn } from '../registry/app-store.ts';
import { parseInput } from '../registry/input.ts';
import { registrationCache } from '../registry/registration-channel.ts';
import { type AdmissionInput, type AdmissionRules, admissionInput, usualRules } from './admission-rules.ts';
import type { AdmissionStore, RulesChange } from './admission-store.ts';
import { blocksDomain, listsDomain } from './document-address.ts';
import type { SelfRegisteredStore } from './self-registered-store.ts';

/**
 * This inner room lets apps in that no operator registered: by a metadata document at their client id, or by registration
 * (RFC 7591). It owns the operator's rules for them, reads and checks their descriptions, and keeps each as a row of the
 * registry. It asks no person; consent comes later, as for each app.
 */
export interface Admission {
  /** Returns the rules. Reads through a cache. */
  rules(): Promise<AdmissionRules>;
  /** Returns the rules as this process last read them. */
  lastKnown(): AdmissionRules;
  /** Returns the rules as the table has them. */
  rulesNow(): Promise<AdmissionRules>;
  /** Revokes the tokens of the apps that the new rules refuse. @throws Problem 422 that names the field; StaleVersion */
  replace(input: AdmissionInput, version?: number): Promise<RulesChange>;
  clearCache(): void;
}

export interface AdmissionDeps {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly selfRegistered: Pick<SelfRegisteredStore, 'all'>;
  readonly endIn: EndAppsIn;
  /** Revokes all tokens of an app. */
  readonly revokeApp: (id: string) => Promise<void>;
}

export function createAdmission(deps: AdmissionDeps): Admission {
  const { store, clock, selfRegistered } = deps;
  let last = usualRules;
  const read = async () => {
    last = await store.read();
    return last;
  };
  const cache = createRowCache(read, { ...registrationCache, clock });
  return {
    lastKnown: () => last,
    rules: async () => (await cache.get('')) ?? (await read()),
    rulesNow: read,
    async replace(input, version) {
      const refused: string[] = [];
      const rules = parseInput(admissionInput, input);
      const result = await store.replace(rules, version, async (transaction, { before, after }) => {
        const apps = await selfRegistered.all(transaction);
        const changed = apps.filter((app) => admitsApp(before, app) !== admitsApp(after, app));
        const idsOf = (isLetIn: boolean) =>
          changed.flatMap((app) => (admitsApp(after, app) === isLetIn ? [app.id] : []));
        refused.push(...idsOf(false));
        await deps.endIn(transaction, refused);
        await deps.endIn(transaction, idsOf(true), 'readmitted');
      });
      cache.clear();
      for (const id of refused) await deps.revokeApp(id);
      return result;
    },
    clearCache: cache.clear,
  };
}

/** Returns whether the documents of a domain are read. */
export function admitsDomain(
  { metadataDocuments, domains, blockedDomains }: AdmissionRules,
  domain: string,
): boolean {
  if (metadataDocuments === 'off' || blocksDomain(blockedDomains, domain)) return false;
  return metadataDocuments === 'any' || listsDomain(domains, domain);
}

/** Returns whether the rules let the app sign people in. An app that an operator registered needs no rule. */
export function admitsApp(
  rules: AdmissionRules,
  { registration, domain, redirectUris }: AdmittedApp,
): boolean {
  if (registration === 'document') return domain !== null && admitsDomain(rules, domain);
  return registration === null || (rules.dynamicRegistration && !answersBlocked(rules, redirectUris));
}

type AdmittedApp = Pick<App, 'registration' | 'domain' | 'redirectUris'>;

/** Returns whether a blocked domain would get the answers of an app. An app that registered itself has no other domain. */
export function answersBlocked({ blockedDomains }: AdmissionRules, redirectUris: readonly string[]): boolean {
  return redirectUris.some((uri) => blocksDomain(blockedDomains, new URL(uri).host));
}

/** Returns whether any metadata document can be read, so that clients are told to use one. */
export function takesDocuments({ metadataDocuments, domains }: AdmissionRules): boolean {
  return metadataDocuments === 'any' || (metadataDocuments === 'listed' && domains.length > 0);
}
