import type { z } from 'zod';
import type { keysAnswer } from '../../admin/keys.ts';
import { type HtmlPart, html } from '../../kit/html.ts';
import type { Text } from '../../kit/locale.ts';
import { apiCall } from '../list-tools.ts';
import { simpleTable } from '../simple-table.ts';
import { stepPage } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { timeTag, timeText } from '../zone.ts';

type Keys = z.output<typeof keysAnswer>;

const read = (visit: Visit) => visit.read<Keys>('GET /keys');

/** The keys that sign and seal: their life, and how far a rewrap is. */
export const keysPage: ConsolePage = {
  path: '/keys',
  needs: 'admins:read',
  async show(visit) {
    const { say, zone } = visit;
    const keys = await read(visit);
    const title = say(texts.title);
    const signing = keys.signing.map((key) => [
      { title: texts.key, content: html`<code>${key.id}</code>` },
      { title: texts.alg, content: key.alg },
      {
        title: texts.state,
        content: html`<span class="badge${key.state === 'signing' ? ' good' : ''}">${say(states[key.state])}</span>`,
      },
      { title: texts.made, content: timeTag(key.created_at, zone) },
      { title: texts.retired, content: timeTag(key.retired_at, zone) },
    ]);
    const rotate =
      visit.offers('POST /keys/signing/rotate') &&
      html`<p class="actions"><a class="button danger" href="/console/keys/rotate">${say(texts.rotate)}</a></p>`;
    const body = html`<h1>${title}</h1>
<section class="card"><h2>${say(texts.signing)}</h2><p>${say(texts.signingWhat)}</p>
${simpleTable(visit, texts.signing, signing)}
<p class="quiet">${say(texts.usable)} ${timeTag(keys.next_usable_at, zone)}</p>${rotate}</section>
<section class="card"><h2>${say(texts.sealing)}</h2>${sealing(keys, visit)}</section>
<div class="tools">${apiCall(visit, 'GET /keys')}</div>`;
    return { title, body };
  },
};

function sealing({ sealing: all, counted_at: at }: Keys, visit: Visit): HtmlPart {
  const { say, zone, locale } = visit;
  const total = all.reduce((sum, { values }) => sum + values, 0);
  const current = all.find(({ standing }) => standing === 'current')?.values ?? 0;
  const rows = all.map(({ id, standing, values, tables }) => {
    const parts = Object.entries(tables).map(([name, n]) => `${name} ${n.toLocaleString(locale)}`);
    const word = standing === 'older' && values === 0 ? standings.unused : standings[standing];
    return [
      { title: texts.key, content: html`<code>${id || '–'}</code>` },
      {
        title: texts.state,
        content: html`<span class="badge${standing === 'missing' ? ' bad' : ''}">${say(word)}</span>`,
      },
      { title: texts.values, content: values.toLocaleString(locale) },
      { title: texts.tables, content: html`<span class="name">${parts.join(', ')}</span>` },
    ];
  });
  return html`<p>${say(texts.sealingWhat)}</p>
${total > 0 && html`<p id="rewrapped">${say(texts.rewrapped, { n: current.toLocaleString(locale), of: total.toLocaleString(locale) })}</p><progress max="${total}" value="${current}" aria-labelledby="rewrapped"></progress>`}
${simpleTable(visit, texts.sealing, rows)}
<p class="quiet">${say(texts.counted)} ${timeTag(at, zone, { seconds: true })}</p>`;
}

export const rotateStep = stepPage<Keys>({
  path: '/keys/rotate',
  needs: 'admins:change',
  operation: 'POST /keys/signing/rotate',
  read,
  title: (_keys, { say }) => say(texts.rotateTitle),
  explain: ({ next_usable_at: at }, { say, zone, now }) => [
    say(texts.rotateWhat),
    new Date(at) > now && say(texts.tooNew, { time: timeText(new Date(at), zone) }),
  ],
  fields: (_keys, { say, field }) =>
    html`<div><label class="switch"><input type="checkbox" name="compromised" value="yes"${field('compromised') && html` checked`}> ${say(texts.compromised)}</label></div>`,
  button: { en: 'Rotate', zh: '轮换' },
  danger: true,
  reason: 'required',
  input: (_keys, { field }) => ({ body: { compromised: field('compromised') !== '' } }),
  back: () => '/console/keys',
});

const states: Readonly<Record<Keys['signing'][number]['state'], Text>> = {
  published: { en: 'next', zh: '待启用' },
  signing: { en: 'signs', zh: '使用中' },
  retired: { en: 'retired', zh: '已停用' },
};

const standings: Readonly<Record<Keys['sealing'][number]['standing'] | 'unused', Text>> = {
  current: { en: 'current', zh: '当前' },
  sibling: { en: 'of another process', zh: '其他进程使用中' },
  older: { en: 'older', zh: '旧' },
  missing: { en: 'missing', zh: '缺失' },
  unused: { en: 'unused', zh: '未使用' },
};

const texts = {
  title: { en: 'Keys', zh: '密钥' },
  signing: { en: 'Keys that sign tokens', zh: '签名密钥' },
  signingWhat: {
    en: 'Each key is published before it signs, and stays published for 30 days after. A rotation happens by itself every 90 days.',
    zh: '密钥在启用前先行公布，停用后继续公布 30 天。每 90 天自动轮换一次。',
  },
  key: { en: 'Key', zh: '密钥' },
  alg: { en: 'Algorithm', zh: '算法' },
  state: { en: 'State', zh: '状态' },
  made: { en: 'Published', zh: '公布时间' },
  retired: { en: 'Retired', zh: '停用时间' },
  usable: { en: 'The next key can sign from', zh: '下一个密钥可启用时间：' },
  rotate: { en: 'Rotate…', zh: '轮换…' },
  sealing: { en: 'Keys that seal what is stored', zh: '加密密钥' },
  sealingWhat: {
    en: 'They come from the environment or a key management service. “symbolon keys rewrap” on the server seals everything with the current key; an older key can go when it seals nothing.',
    zh: '密钥来自环境设置或密钥管理服务。在服务器上运行 symbolon keys rewrap 可用当前密钥重新加密全部内容；旧密钥不再加密任何内容后即可移除。',
  },
  values: { en: 'Values', zh: '加密的值' },
  tables: { en: 'Of', zh: '分布' },
  rewrapped: { en: '{n} of {of} values have the current key.', zh: '{of} 个值中有 {n} 个使用当前密钥。' },
  counted: { en: 'Counted', zh: '统计于' },
  rotateTitle: { en: 'Sign with the next key?', zh: '启用下一个签名密钥？' },
  rotateWhat: {
    en: 'The next key signs from now on, in every process, and a new one is published. Tokens of the old key stay valid until their end.',
    zh: '下一个密钥将立即在所有进程中启用，并公布新的密钥。旧密钥签发的令牌在到期前仍然有效。',
  },
  tooNew: {
    en: 'The next key is new, and apps may not know it before {time}. Until then only a compromised key can be rotated.',
    zh: '下一个密钥刚刚公布，应用在 {time} 之前可能尚未获知。此前只能轮换已泄露的密钥。',
  },
  compromised: {
    en: 'The old key is compromised: every token that it signed ends, and all people sign in again',
    zh: '旧密钥已泄露：其签发的所有令牌立即失效，所有用户需要重新登录',
  },
} satisfies Record<string, Text>;
