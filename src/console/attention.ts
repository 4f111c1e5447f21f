import { type HtmlPart, html } from '../kit/html.ts';
import type { Me } from './answers.ts';
import { overviewTexts as texts } from './overview-texts.ts';
import type { Visit } from './visit.ts';

const day = 86_400_000;

/** A thing that needs an admin: a sentence that leads to the place where it is mended. */
interface Concern {
  readonly sentence: string;
  readonly href: string;
}

/** Returns the list of things that need an admin. */
export async function attentionList(visit: Visit, me: Me): Promise<HtmlPart> {
  const { say } = visit;
  const concerns = bootstrapUsed(visit, me);
  const lines = concerns.map(
    ({ sentence, href }) => html`<li><a href="${href}">${sentence}</a></li>
`,
  );
  return html`<section class="card attention ${concerns.length > 0 && 'bad'}"><h2>${say(texts.attention)}</h2>
${concerns.length > 0 ? html`<ul>${lines}</ul>` : html`<p>${say(texts.nothing)}</p>`}</section>`;
}

function bootstrapUsed({ say, now }: Visit, { bootstrap }: Me): readonly Concern[] {
  const at = bootstrap?.last_used_at;
  if (!bootstrap?.configured || !at || now.getTime() - Date.parse(at) > day) return [];
  return [{ sentence: say(texts.unset), href: '/console/events?actor=bootstrap' }];
}
