import { fullTitle } from '../connectors/contract/names.ts';
import { browserWords } from '../http/browser-words.ts';
import { addressPlace } from '../http/client-address.ts';
import { displayText } from '../http/display-text.ts';
import { momentTag } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import type { PersonSession } from '../issuance/sessions/person-sessions.ts';
import { type Html, html } from '../kit/html.ts';
import { fill } from '../kit/locale.ts';
import { listed } from '../kit/phrases.ts';
import { framed, placeTitle } from './frame.ts';
import { accountName } from './names.ts';
import { noticeBox } from './notices.ts';
import { ownClientId } from './own-client.ts';
import type { AccountDeps } from './ports.ts';
import { endSession } from './session.ts';
import { sessionTexts as texts } from './sessions-texts.ts';
import type { Visit } from './step.ts';
import { texts as common } from './texts.ts';

const place = '/account/sessions';

/** A session with its names on the page. */
interface ShownSession extends PersonSession {
  readonly isThisOne: boolean;
  /** The linked account of the sign-in; undefined: it is not linked any more. */
  readonly way: string | undefined;
  readonly apps: readonly string[];
}

/** The page of a person's sessions, and its two acts. */
export function createSessions(deps: AccountDeps) {
  const { issuance, accountSessions, identities, connections, events } = deps;

  async function read({ request, response, user, locale }: Visit): Promise<readonly ShownSession[]> {
    const [sessions, mine, all, here] = await Promise.all([
      issuance.sessions.of(user.id),
      identities.allOfUser(user.id),
      connections.all(),
      issuance.sessions.ofRequest(request, response),
    ]);
    const ids = [...new Set(sessions.flatMap(({ appIds }) => appIds))].filter((id) => id !== ownClientId);
    const apps = new Map((await Promise.all(ids.map(issuance.apps.stored))).map((app) => [app?.id, app]));
    return sessions.map((session) => {
      const identity = mine.find(({ id }) => id === session.identityId);
      const connection = all.find(({ id }) => id === session.connectionId);
      return {
        ...session,
        isThisOne: session.id === (here ?? request.session.sessionUid),
        way:
          identity && connection
            ? accountName(connection, identity, locale)
            : connection && fullTitle(connection.connector)[locale],
        apps: session.appIds.flatMap((id) => displayText(apps.get(id)?.name) || []),
      };
    });
  }

  async function show(visit: Visit): Promise<Page> {
    const { request, locale, csrf } = visit;
    const shown = await read(visit);
    const others = shown.filter(({ isThisOne }) => !isThisOne);
    const here = shown.filter(({ isThisOne }) => isThisOne);
    const endOthers = html`<form class="stack" method="post" action="${place}/end-others">${csrf}
<p class="quiet">${texts.othersHint[locale]}</p>
<button>${texts.endOthers[locale]}</button></form>`;
    const title = placeTitle(place, locale);
    const body = html`<h1>${title}</h1>${noticeBox(request.query.notice, locale)}
<p>${texts.intro[locale]}</p>
${others.length > 0 ? endOthers : html`<p class="quiet">${texts.none[locale]}</p>`}
${[...here, ...others].map((session) => card(session, visit))}
<p class="foot quiet">${texts.everywhere[locale]}</p>
<p><a class="button plain danger" href="/account/sign-out-everywhere">${common.signOutEverywhere[locale]}</a></p>`;
    return framed({ ...visit, place }, { title, body });
  }

  return {
    show,
    async end(visit: Visit): Promise<string> {
      const { request, user } = visit;
      const id = String(request.params.session);
      const isThisOne = (await read(visit)).some((one) => one.id === id && one.isThisOne);
      await issuance.sessions.end(user.id, id);
      await accountSessions.endOfSession(user.id, id);
      await events.record({ type: 'signed_out', userId: user.id, detail: { session: id } });
      if (!isThisOne) return `${place}?notice=session_ended`;
      await endSession(request);
      return '/account';
    },
    async endOthers(visit: Visit): Promise<string> {
      const { request, user } = visit;
      const others = (await read(visit)).filter(({ isThisOne }) => !isThisOne);
      for (const { id } of others) await issuance.sessions.end(user.id, id);
      await accountSessions.endOthers(user.id, request.sessionID);
      await events.record({ type: 'signed_out', userId: user.id, detail: { others: others.length } });
      return `${place}?notice=sessions_ended`;
    },
  };
}

function card(session: ShownSession, visit: Visit): Html {
  const { locale, csrf } = visit;
  const { id, userAgent, isThisOne, since, lastSeenAt, address, way, apps } = session;
  const browser = browserWords(userAgent, locale);
  const line = (label: string, value: Html | string) => html`<dt>${label}</dt><dd>${value}</dd>`;
  return html`<section class="card"><div class="row"><h2 class="name">${browser}</h2>${isThisOne && html`<span class="badge good">${texts.thisOne[locale]}</span>`}</div>
<dl>
${line(texts.signedIn[locale], momentTag(since, visit))}
${lastSeenAt && line(texts.lastSeen[locale], momentTag(lastSeenAt, visit))}
${way !== undefined && line(texts.with[locale], way)}
${address !== null && line(texts.place[locale], addressPlace(address))}
${line(texts.apps[locale], apps.length > 0 ? listed(apps, locale) : texts.noApps[locale])}
</dl>
<form method="post" action="${`${place}/${encodeURIComponent(id)}/end`}">${csrf}<button class="plain" aria-label="${fill(texts.endNamed, locale, { browser })}">${texts.end[locale]}</button></form></section>`;
}
