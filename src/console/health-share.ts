import { type Html, html } from '../kit/html.ts';
import { fill, type Text } from '../kit/locale.ts';
import type { Connection } from './answers.ts';
import { connectionTexts as texts } from './connection-texts.ts';
import { stateTexts } from './health-texts.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

type Health = NonNullable<Connection['health']>;
type State = keyof typeof stateTexts;

const [width, height] = [100, 10];
/** The states in the order of the bar, which is that of their seriousness. */
const order: readonly State[] = [
  'active',
  'refreshing',
  'expiring',
  'retrying',
  'reauthorization_required',
  'revoked',
];
const none = html`<span class="quiet">–</span>`;

/** Returns the shares of the grants of a connection by state: in words, and as a bar that leads to those in trouble. */
export function healthShare({ alias, health }: Connection, { say, locale }: Visit): Html {
  const counted = order.flatMap((state) => {
    const n = health?.states.find((one) => one.state === state)?.n ?? 0;
    return n > 0 ? [{ state, n, words: say(stateTexts[state].badge) }] : [];
  });
  const sum = counted.reduce((total, { n }) => total + n, 0);
  if (sum === 0) return none;
  const working = counted.filter(({ state }) => stateTexts[state].tone === 'good');
  const trouble = counted.filter(({ state }) => stateTexts[state].tone !== 'good');
  const share = working.reduce((total, { n }) => total + n, 0) / sum;
  const words = counted.map(({ words: state, n }) => `${state} ${n.toLocaleString(locale)}`).join(', ');
  let left = 0;
  const rects = counted.map(({ state, n }) => {
    const x = left;
    left += (n / sum) * width;
    const tone = state === 'revoked' ? 'plain' : stateTexts[state].tone;
    return html`<rect class="${tone}" x="${x.toFixed(1)}" y="0" width="${(left - x).toFixed(1)}" height="${height}"/>`;
  });
  const bar = html`<svg class="share" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${words}"><title>${words}</title>${rects}</svg>`;
  const percent = say(texts.working, { share: percentOf(share, locale) });
  const query = new URLSearchParams([
    ['connection', alias],
    ...trouble.map(({ state }): [string, string] => ['state', state]),
  ]);
  return trouble.length === 0
    ? html`<span class="nowrap">${percent} ${bar}</span>`
    : html`<a class="nowrap" href="/console/identities?${query.toString()}">${percent} ${bar}</a>`;
}

/** All is all: a share that is nearly whole is rounded down. */
function percentOf(share: number, locale: Visit['locale']): string {
  return (Math.floor(share * 1_000) / 1_000).toLocaleString(locale, {
    style: 'percent',
    maximumFractionDigits: 1,
  });
}

/** Returns the number of linked accounts, with the word for about where it is no count of this moment. */
export function accountCount({ alias, health }: Connection, { say, locale }: Visit): Html {
  if (!health) return none;
  const n = health.accounts.toLocaleString(locale);
  return html`<a href="/console/identities?connection=${alias}">${health.accounts_exact ? n : say(texts.about1, { n })}</a>`;
}

/** Returns the failed refreshes of the last day. */
export function refreshShare({ alias, health }: Connection, { locale }: Visit): Html {
  const { tries = 0, failures = 0 } = health?.refreshes ?? {};
  if (tries === 0) return none;
  const number = (n: number) => n.toLocaleString(locale);
  const words = fill(texts.failed, locale, { failed: number(failures), all: number(tries) });
  return failures > 0
    ? html`<a class="badge warn" href="/console/events?type=token.refresh_failed&connection=${alias}">${words}</a>`
    : html`<span class="quiet">${words}</span>`;
}

/** Returns the result and the time of the last check. */
export function lastCheck(check: Health['last_check'] | undefined, { say, zone }: Visit): Html {
  if (!check) return html`<span class="quiet">${say(texts.neverChecked)}</span>`;
  const verdict: Text = check.ok ? texts.checkGood : texts.checkBad;
  return html`<span><span class="badge ${check.ok ? 'good' : 'bad'}">${say(verdict)}</span> ${timeTag(check.at, zone)}${!check.current && html` <span class="quiet">${say(texts.checkOld)}</span>`}</span>`;
}
