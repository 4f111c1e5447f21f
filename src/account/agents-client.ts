import { z } from 'zod';
import { type Lifetime, lifetimes } from '../agents/permissions.ts';
import type { AgentMode, AgentPermission } from '../agents/ports.ts';
import { momentTag } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import { type Html, html } from '../kit/html.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { type AgentOfPerson, agentOf } from './agents-list.ts';
import { domainOf } from './agents-names.ts';
import { agentTexts as texts } from './agents-texts.ts';
import { framed } from './frame.ts';
import type { MyAccount } from './mine.ts';
import { findMine } from './mine.ts';
import { accountName, appTitle } from './names.ts';
import { noticeBox } from './notices.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';

const modes = ['none', 'read', 'ask', 'write'] as const satisfies readonly AgentMode[];
const times = Object.keys(lifetimes) as Lifetime[];

const posted = z.object({
  identity: z.string().max(60),
  mode: z.enum(modes),
  lifetime: z.enum(['quarter', 'day', 'always']),
});

/** The page of one agent, on which the person chooses account by account, and its acts. */
export function createAgentClient(deps: AccountDeps) {
  const { identities, connections, decisions } = deps;

  /** @throws Problem not_found for a client that the person has nothing to do with */
  async function find({ request, user }: Visit): Promise<AgentOfPerson> {
    const found = await agentOf(deps, { userId: user.id, clientId: String(request.params.clientId) });
    if (!found) throw new Problem('not_found');
    return found;
  }

  /** Returns the accounts that the agent may use by the consent, or all for an app of the operator. */
  async function accountsOf({ app, scopes }: AgentOfPerson, userId: string): Promise<readonly MyAccount[]> {
    const [mine, all] = await Promise.all([identities.ofUser(userId), connections.all()]);
    return mine.flatMap((identity) => {
      const connection = all.find(({ id }) => id === identity.connectionId);
      const allowed = connection && (app.firstParty || scopes.includes(`idp:${connection.alias}`));
      return connection && allowed ? [{ identity, connection }] : [];
    });
  }

  async function show(visit: Visit): Promise<Page> {
    const { user, locale, csrf, request } = visit;
    const agent = await find(visit);
    const { app, allowedAt } = agent;
    const path = `/account/agents/${encodeURIComponent(app.id)}`;
    const accounts = await accountsOf(agent, user.id);
    const cards = await Promise.all(
      accounts.map(async (account) => {
        const { identity, connection } = account;
        const key = { userId: user.id, clientId: app.id };
        const permission = await decisions.permissions.of({
          ...key,
          connectionId: connection.id,
          identityId: identity.id,
        });
        return permissionForm(account, { permission, path, app: appTitle(app, locale), visit });
      }),
    );
    const title = appTitle(app, locale);
    const body = html`<p><a href="/account/agents">${texts.title[locale]}</a></p>
<h1 class="name">${title}</h1>${noticeBox(request.query.notice, locale)}
<p class="quiet name">${texts.domain[locale]} ${domainOf(app, locale)}</p>
${allowedAt && html`<p class="quiet">${texts.allowedSince[locale]} ${momentTag(allowedAt, visit)}</p>`}
${cards.length > 0 ? html`${cards}<p class="quiet">${texts.writeHint[locale]}</p>` : html`<p>${texts.noAccounts[locale]}</p>`}
<form class="stack" method="post" action="${path}/stop">${csrf}
<button class="danger" aria-describedby="stops">${texts.stop[locale]}</button>
<p class="quiet" id="stops">${texts.stopHint[locale]}</p></form>
<p><a class="button plain" href="/account/agents/activity?${`${new URLSearchParams({ app: app.id })}`}">${texts.did[locale]}</a></p>`;
    return framed({ locale, user }, { title, body });
  }

  return {
    show,
    async choose(visit: Visit): Promise<string> {
      const { request, user } = visit;
      const { app } = await find(visit);
      const result = posted.safeParse(request.body);
      if (!result.success) throw new Problem('invalid_request');
      const { identity: id, mode, lifetime } = result.data;
      const { identity, connection } = await findMine(deps, user.id, id);
      const place = { connectionId: connection.id, identityId: identity.id };
      await decisions.permissions.choose({ userId: user.id, clientId: app.id, ...place, mode, lifetime });
      return `/account/agents/${encodeURIComponent(app.id)}?notice=agent_saved`;
    },
  };
}

interface FormAbout {
  readonly permission: AgentPermission;
  readonly path: string;
  readonly app: string;
  readonly visit: Visit;
}

/** Returns the present permission for one account, with the form to change it. */
function permissionForm(
  { identity, connection }: MyAccount,
  { permission, path, app, visit }: FormAbout,
): Html {
  const { locale, csrf } = visit;
  const { mode, until } = permission;
  const ends =
    until === null
      ? mode !== 'none' && html`${texts.untilRevoked[locale]}`
      : html`${mode === 'none' ? texts.ended[locale] : texts.until[locale]} ${momentTag(until, visit)}`;
  const option = (value: string, words: string, chosen: boolean) =>
    html`<option value="${value}"${chosen && html` selected`}>${words}</option>`;
  const modeOptions = modes.map((one) =>
    option(one, texts[`${one}_mode`][locale], one === (mode === 'none' ? 'ask' : mode)),
  );
  const timeOptions = times.map((one) => option(one, texts[one][locale], one === 'day'));
  return html`<section class="card"><h2 class="name">${accountName(connection, identity, locale)}</h2>
<p><b>${texts[`${mode}_mode`][locale]}</b> <span class="quiet">${ends}</span></p>
<form class="stack" method="post" action="${path}">${csrf}<input type="hidden" name="identity" value="${identity.id}">
<label>${fill(texts.permissionFor, locale, { app })}<br><select name="mode">${modeOptions}</select></label>
<label>${texts.howLong[locale]}<br><select name="lifetime">${timeOptions}</select></label>
<button>${texts.save[locale]}</button></form></section>`;
}
