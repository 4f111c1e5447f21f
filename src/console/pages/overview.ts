import { html } from '../../kit/html.ts';
import type { Me } from '../answers.ts';
import { texts as roleTexts } from '../texts.ts';
import type { ConsolePage } from '../visit.ts';
import { timeTag } from '../zone.ts';

const words = {
  title: { en: 'Overview', zh: '概览' },
  you: { en: 'You', zh: '您' },
  role: { en: 'Role', zh: '角色' },
  since: { en: 'Signed in', zh: '登录时间' },
  fresh: { en: 'Dangerous changes until', zh: '可进行敏感操作至' },
  bootstrap: { en: 'ADMIN_API_TOKEN last used', zh: 'ADMIN_API_TOKEN 最近使用' },
};

/** The first page: things that need an admin, and charts of the last day. */
export const overviewPage: ConsolePage = {
  path: '/',
  needs: 'self',
  async show(visit) {
    const { say, zone } = visit;
    const me = await visit.read<Me>('GET /me');
    const { bootstrap } = me;
    const title = say(words.title);
    const body = html`<h1>${title}</h1>
<section class="card"><h2>${say(words.you)}</h2><dl>
<dt>${say(words.role)}</dt><dd>${say(roleTexts[me.role])}</dd>
<dt>${say(words.since)}</dt><dd>${timeTag(me.signed_in_at, zone)}</dd>
<dt>${say(words.fresh)}</dt><dd>${timeTag(me.dangerous_until, zone)}</dd>
${bootstrap?.configured && html`<dt>${say(words.bootstrap)}</dt><dd>${timeTag(bootstrap.last_used_at, zone)}</dd>`}
</dl></section>`;
    return { title, body };
  },
};
