import { findConnector, providers } from '../../connectors/registry.ts';
import type { Person } from '../answers.ts';
import { connectionOptions } from '../connection-options.ts';
import type { Listed } from '../list-declaration.ts';
import type { ConsolePage, Visit } from '../visit.ts';

/** Leads from an id, the reference of an error page, a subject, an e-mail address, an alias or a provider to its page. */
export const goToPage: ConsolePage = {
  path: '/go',
  needs: 'self',
  async show(visit) {
    const sought = visit.ask('q');
    if (sought === '') return '/console';
    const known = pageOfId(sought);
    return known ?? (await pageOfPerson(visit, sought));
  },
};

/** The pages by the prefix of an id. */
const byPrefix: readonly (readonly [RegExp, (id: string) => string])[] = [
  [/^usr_\w+$/, (id) => `/console/people/${id}`],
  [/^evt_\w+$/, (id) => `/console/events/${id}`],
  [/^req_\w+$/, (id) => `/console/events?request=${id}`],
  [/^apv_\w+$/, (id) => `/console/approvals/${id}`],
  [/^job_\w+$/, (id) => `/console/jobs/${id}`],
  [/^idn_\w+$/, (id) => `/console/identities?q=${id}`],
  [/^(app_\w+|https:\/\/\S+)$/, (id) => `/console/apps/${encodeURIComponent(id)}`],
];

function pageOfId(id: string): string | undefined {
  return byPrefix.find(([pattern]) => pattern.test(id))?.[1](id);
}

/** One person found is the person meant. */
async function pageOfPerson(visit: Visit, q: string): Promise<string> {
  const query = { q: q.slice(0, 200), limit: '2' };
  const { items } = await visit.read<Listed<Person>>('GET /users', { query });
  const [only, other] = items;
  if (!only && (await connectionOptions(visit)).some(({ value }) => value === q))
    return `/console/connections/${q}`;
  const provider = only ? undefined : providerNamed(q);
  if (provider !== undefined && visit.may('configuration:change'))
    return `/console/connections/new?provider=${provider}`;
  return only && !other
    ? `/console/people/${only.id}`
    : `/console/people?${new URLSearchParams({ q: query.q })}`;
}

/** A provider without a connection of its name is one to add. */
function providerNamed(q: string): string | undefined {
  const sought = q.toLowerCase();
  return providers.find((name) =>
    [name, ...Object.values(findConnector(name)?.title ?? {})].some((one) => one.toLowerCase() === sought),
  );
}
