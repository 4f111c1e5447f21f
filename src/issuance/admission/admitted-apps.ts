import { isDeepStrictEqual } from 'node:util';
import { createCache } from '../../kit/cache.ts';
import { after, before, type Clock, days, minutes } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import type { Logger } from '../../kit/log.ts';
import type { Outbound } from '../../kit/outbound.ts';
import { Problem } from '../../kit/problem.ts';
import { createSingleFlight } from '../../kit/single-flight.ts';
import { StaleVersion } from '../../kit/versions.ts';
import { defaults } from '../registry/app-fields.ts';
import type { AppFields, AppStore, StoredApp } from '../registry/app-store.ts';
import { type AppRegistry, fieldsOf } from '../registry/apps.ts';
import { type Admission, admitsApp, admitsDomain } from './admission.ts';
import { type ClientDemands, type ClientDescription, DescriptionFault } from './client-description.ts';
import { domainOfAddress } from './document-address.ts';
import type { FirstReads } from './first-reads.ts';
import { type ReadDocument, readDocument } from './read-document.ts';
import type { SelfRegisteredStore } from './self-registered-store.ts';

export interface AdmittedAppsDeps {
  readonly apps: Pick<AppRegistry, 'stored' | 'clearCache'>;
  readonly store: Pick<AppStore, 'create' | 'replace' | 'isRemoved'>;
  readonly moments: Pick<SelfRegisteredStore, 'keepFresh'>;
  readonly admission: Pick<Admission, 'rules'>;
  readonly firstReads: FirstReads;
  readonly outbound: Pick<Outbound, 'fetch'>;
  readonly events: Events;
  readonly clock: Clock;
  readonly log: Logger;
  /** Revokes all tokens of an app. */
  readonly revokeApp: (id: string) => Promise<void>;
}

/** The request that names the client id. */
export interface Asking {
  /** It begins a sign-in. Only then is a document read for the first time. */
  readonly beginsSignIn: boolean;
  /** The address of the caller. */
  readonly address: string | undefined;
}

/** Returns the app of a client id, if the rules let it in. @throws DescriptionFault */
export type FindAdmitted = (clientId: string, asking: Asking) => Promise<StoredApp | undefined>;

/** A document that cannot be read again stands in for itself as long: the hosts of well-known agents have had outages. */
const longestStale = days(7);
/** A host that gives no document is left alone for so long: any caller can name the client id, as often as it likes. */
const pause = minutes(1);

export function createAdmittedApps(deps: AdmittedAppsDeps): FindAdmitted {
  const { apps, admission, firstReads, clock, log } = deps;
  const flights = createSingleFlight<StoredApp | undefined>();

  const failures = createCache<DescriptionFault>({ max: 10_000, expiry: { ttl: pause, clock } });

  async function readAgain(app: StoredApp): Promise<StoredApp | undefined> {
    const failure = failures.get(app.id);
    try {
      if (failure) throw failure;
      return await keepChanged(deps, app, await readDocument(deps.outbound, app.id));
    } catch (error) {
      if (!(error instanceof DescriptionFault)) throw error;
      if (!failure) {
        log.info({ app: app.id, reason: error.message }, 'a metadata document cannot be read again');
        failures.set(app.id, error);
      }
      const { documentReadAt } = app;
      if (documentReadAt && documentReadAt > before(clock.now(), longestStale)) return app;
      throw error;
    }
  }

  return async (clientId, { beginsSignIn, address }) => {
    const known = await apps.stored(clientId);
    if (known?.registration === null) return known;
    const rules = await admission.rules();
    if (known && (!known.enabled || !admitsApp(rules, known))) return undefined;
    if (known?.registration === 'dynamic') return known;
    const domain = domainOfAddress(clientId);
    if (domain === undefined) return undefined;
    if (known) {
      const { documentFreshUntil: until } = known;
      if (until !== null && until > clock.now()) return known;
      return await flights(clientId, () => readAgain(known));
    }
    if (!beginsSignIn || rules.metadataDocuments === 'off') return undefined;
    if (!admitsDomain(rules, domain)) throw new DescriptionFault('this site does not let its domain in');
    return await flights(clientId, async () => {
      firstReads.take(address, domain);
      if (await deps.store.isRemoved(clientId)) throw removed();
      return await register(deps, { clientId, domain }, await readDocument(deps.outbound, clientId));
    });
  };
}

/** Returns the name with the domain, so that each page, event and list tells two apps of one name apart. */
export function nameWith(name: string, place: string): string {
  return name === '' || name === place ? place : `${name} (${place})`;
}

/**
 * Returns the fields of an app with the demands of its description. A demand that is no longer stated stays, since it may be an
 * operator's.
 */
export function demandedFields({ dpop, pushed, signed }: ClientDemands, before: DemandFields): DemandFields {
  return {
    tokenBinding: dpop && before.tokenBinding === 'none' ? 'dpop' : before.tokenBinding,
    requirePushedAuthorizationRequests: pushed || before.requirePushedAuthorizationRequests,
    requireSignedRequestObject: signed || before.requireSignedRequestObject,
  };
}

type DemandFields = Pick<
  AppFields,
  'tokenBinding' | 'requirePushedAuthorizationRequests' | 'requireSignedRequestObject'
>;

function descriptionFields({ name, type, redirectUris, jwks, jwksUri }: ClientDescription, place: string) {
  return { name: nameWith(name, place), type, redirectUris, jwks, jwksUri };
}

function removed(): DescriptionFault {
  return new DescriptionFault('an admin of this site has removed the app');
}

async function register(
  deps: AdmittedAppsDeps,
  { clientId: id, domain }: { readonly clientId: string; readonly domain: string },
  document: ReadDocument,
): Promise<StoredApp | undefined> {
  const described = descriptionFields(document, domain);
  const own = { id, domain, registration: 'document', secretHash: null, connections: [] } as const;
  const demanded = demandedFields(document.demands, defaults);
  const fields: AppFields = { ...defaults, ...own, ...described, ...demanded };
  if (!(await deps.store.create(fields))) {
    // Another process has registered it meanwhile, or an admin has removed it. It is not written again: that would undo the removal.
    deps.apps.clearCache();
    const there = await deps.apps.stored(id);
    if (!there) throw removed();
    return there;
  }
  const detail = { domain, name: described.name };
  await deps.events.record({ type: 'app.registered_by_document', appId: id, detail });
  return await keepFresh(deps, id, document);
}

async function keepChanged(
  deps: AdmittedAppsDeps,
  app: StoredApp,
  document: ReadDocument,
): Promise<StoredApp | undefined> {
  const { id, domain, name, type, redirectUris, jwks, jwksUri } = app;
  const described = descriptionFields(document, domain ?? '');
  const former = fieldsOf(app);
  const demanded = { ...former, ...demandedFields(document.demands, former) };
  // Only the app's own requests have to meet its demands, so that they are no change for people.
  const isSame = isDeepStrictEqual({ name, type, redirectUris, jwks, jwksUri }, described);
  if (isSame && isDeepStrictEqual(demanded, former)) return await keepFresh(deps, id, document);
  const changed = isSame ? demanded : { ...demanded, ...described, documentChangedAt: deps.clock.now() };
  // Tokens that the former keys could ask for are not for the holder of the new ones.
  const hasNewKeys = !isDeepStrictEqual([jwks, jwksUri], [described.jwks, described.jwksUri]);
  try {
    await deps.store.replace(changed, app.version, hasNewKeys ? 'ending' : undefined);
  } catch (error) {
    // Another process has read the document too, or an admin has changed or removed the app.
    if (!(error instanceof StaleVersion || (error instanceof Problem && error.code === 'not_found')))
      throw error;
    deps.apps.clearCache();
    return await deps.apps.stored(id);
  }
  if (hasNewKeys) await deps.revokeApp(id);
  const detail = { domain, from: name, to: described.name, redirect_uris: [...described.redirectUris] };
  await deps.events.record({ type: 'app.document_changed', appId: id, detail });
  return await keepFresh(deps, id, document);
}

async function keepFresh(
  { moments, apps, clock }: AdmittedAppsDeps,
  id: string,
  { freshFor }: ReadDocument,
): Promise<StoredApp | undefined> {
  const now = clock.now();
  await moments.keepFresh(id, now, after(now, freshFor));
  apps.clearCache();
  return await apps.stored(id);
}
