import type { Request } from 'express';
import { z } from 'zod';
import { fullTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import { momentTag } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import { isRepresentable } from '../kit/database/timestamp-range.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale, type Text } from '../kit/locale.ts';
import { clauses } from '../kit/phrases.ts';
import { Problem } from '../kit/problem.ts';
import type { Activity } from '../reporting/activity-list-store.ts';
import { operatorActs, refusalWords, activityTexts as texts } from './activity-texts.ts';
import { apiUseTexts } from './api-use-texts.ts';
import { framed, placeTitle } from './frame.ts';
import { accountName, appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';

const place = '/account/activity';
const pageSize = 50;

const query = z.object({
  app: z
    .string()
    .regex(/^[\w-]{0,64}$/)
    .optional()
    .transform((text) => text || undefined),
  account: z
    .string()
    .regex(/^(idn_\w{1,40})?$/)
    .optional()
    .transform((text) => text || undefined),
  since: z
    .string()
    .max(40)
    .optional()
    .transform((text) => (text ? new Date(text) : undefined))
    .refine((at) => at === undefined || isRepresentable(at)),
  // The place after the last item of the page before: its time and id.
  after: z
    .string()
    .regex(/^\d{1,16}\.evt_\w{1,40}$/)
    .optional()
    .transform((text) => {
      const [at = '', id = ''] = text?.split('.') ?? [];
      return text === undefined ? undefined : { at: new Date(Number(at)), id };
    })
    .refine((after) => after === undefined || isRepresentable(after.at)),
});

/** Names that an activity refers to. */
interface Names {
  readonly app: (id: string | null) => string;
  readonly account: (identityId: string | null, alias: string | null) => string;
  /** Undefined for no API. */
  readonly api: (id: string | undefined) => string | undefined;
}

/** Returns the page of what apps did with the person's accounts, and operators with the person, the latest first. */
export function createActivityPage(deps: AccountDeps): (visit: Visit) => Promise<Page> {
  const { uses, issuance, identities, connections } = deps;

  async function namesFor(rows: readonly Activity[], { user, locale }: Visit): Promise<Names> {
    const ids = [...new Set(rows.flatMap(({ appId }) => appId ?? []))];
    const [apps, mine, all] = await Promise.all([
      Promise.all(ids.map(issuance.apps.stored)),
      identities.allOfUser(user.id),
      connections.all(),
    ]);
    const apiIds = [...new Set(rows.flatMap(({ detail }) => details.parse(detail).api ?? []))];
    const apis = await Promise.all(apiIds.map(issuance.apis.known));
    const nameOf = (id: string | null) => {
      const app = apps.find((one) => one?.id === id);
      return app && appTitle(app, locale);
    };
    return {
      app: (id) => nameOf(id) ?? texts.formerApp[locale],
      api: (id) => apis.find((one) => one !== undefined && one.id === id)?.name,
      account(identityId, alias) {
        const identity = mine.find(({ id }) => id === identityId);
        const connection = all.find(({ id, alias: own }) => id === identity?.connectionId || own === alias);
        if (identity && connection) return accountName(connection, identity, locale);
        return (
          (connection && fullTitle(connection.connector)[locale]) ?? alias ?? texts.formerAccount[locale]
        );
      },
    };
  }

  return async (visit) => {
    const { request, user, locale } = visit;
    const { app, account, since, after } = parsed(request);
    const rows = await uses.activityOf(user.id, {
      app,
      identity: account,
      since,
      after,
      limit: pageSize + 1,
    });
    const shown = rows.slice(0, pageSize);
    const names = await namesFor(shown, visit);
    const last = shown.at(-1);
    const older =
      rows.length > pageSize &&
      last &&
      `${place}?${new URLSearchParams({ ...filterOf(request), after: `${last.at.getTime()}.${last.id}` })}`;
    const lines = shown.map(
      (row) =>
        html`<li><span class="quiet">${momentTag(row.at, visit)}</span><br><span class="name">${sentence(row, names, locale)}</span></li>`,
    );
    const title = placeTitle(place, locale);
    const filtered = app !== undefined || account !== undefined || since !== undefined;
    const body = html`<h1>${title}</h1><p class="quiet">${texts.intro[locale]}</p>
${filtered && html`<p><a href="${place}">${texts.showAll[locale]}</a></p>`}
${lines.length > 0 ? html`<ul class="plain card apps">${lines}</ul>` : html`<p>${texts.nothing[locale]}</p>`}
${older && html`<p><a class="button plain" href="${older}">${texts.older[locale]}</a></p>`}`;
    return framed({ locale, user, place }, { title, body });
  };
}

function parsed(request: Request): z.output<typeof query> {
  const result = query.safeParse(request.query);
  if (result.success) return result.data;
  throw new Problem('invalid_request', {
    detail: { en: 'This link is malformed.', zh: '此链接格式不正确。' },
  });
}

/** Returns the filter of the address, without the place in the list. */
function filterOf({ query: { app, account, since } }: Request): Record<string, string> {
  const given = Object.entries({ app, account, since });
  return Object.fromEntries(given.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

const details = z
  .object({
    background: z.boolean().catch(false),
    reason: z.string().optional().catch(undefined),
    why: z.string().optional().catch(undefined),
    api: z.string().optional().catch(undefined),
  })
  .catch({ background: false, reason: undefined, why: undefined, api: undefined });

function sentence(
  { type, appId, connection, identityId, detail }: Activity,
  names: Names,
  locale: Locale,
): Html {
  const { background, reason, why, api: apiId } = details.parse(detail);
  const api = names.api(apiId);
  const through = api === undefined ? [] : [fill(apiUseTexts.calledBy, locale, { api: displayText(api) })];
  const values = { app: names.app(appId), account: names.account(identityId, connection) };
  const said = (text: Text) => fill(text, locale, values);
  const dot = locale === 'zh' ? '。' : '.';
  const because = reason === undefined ? [] : [fill(texts.reason, locale, { reason: displayText(reason) })];
  const away = background ? [texts.away[locale]] : [];
  switch (type) {
    case 'token.retrieved':
      return html`${clauses([said(texts.took), ...through, ...away, ...because], locale)}${dot}`;
    case 'token.proxied':
      return html`${clauses([said(texts.called), ...through, ...away, ...because], locale)}${dot}`;
    case 'token.refused': {
      const words = why === undefined ? undefined : refusalWords[why]?.[locale];
      return html`${clauses([said(texts.refused), ...through, ...(words === undefined ? [] : [words]), ...because], locale)}${dot}`;
    }
    default: {
      const act = operatorActs[type];
      return html`${act ? said(act) : html`${texts.operator[locale]} <code>${type}</code>`}${reason !== undefined && html` <span class="quiet">${because}</span>`}`;
    }
  }
}
