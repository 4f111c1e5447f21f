import { Download } from '../../admin/download.ts';
import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import type { Text } from '../../kit/locale.ts';
import { Problem } from '../../kit/problem.ts';
import { apiCall } from '../list-tools.ts';
import { queryIn } from '../list-url.ts';
import { reasonInput } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';

/** A list as a file, with the filters in the address. Its page says what the file holds, and takes the reason. */
export const exportPage: ConsolePage = {
  path: '/exports/:file',
  needs: 'self',
  async show(visit) {
    const { operation, name, format } = exportOf(visit);
    const { say, csrf, url } = visit;
    const heading = say(texts.title, { format: format.toUpperCase() });
    const filters = [...url.searchParams].map(
      ([filter, value]) => html`<dt>${filter}</dt><dd class="name">${displayText(value, 200)}</dd>`,
    );
    const asksWhy = visit.isDangerous(operation);
    const body = html`<h1>${heading}</h1>
<p>${say(texts.what)}</p>
<p>${asksWhy ? say(texts.people) : ''} ${say(format === 'csv' ? texts.csv : texts.json)}</p>
${filters.length > 0 && html`<section class="card"><h2>${say(texts.filters)}</h2><dl>${filters}</dl></section>`}
<form class="stack narrow" method="post" action="${url.pathname}${url.search}">${csrf}
${asksWhy && reasonInput(visit)}
<button>${say(texts.button)}</button></form>
<div class="tools">${apiCall(visit, `GET /exports/${name}.${format}`, queryIn(url.searchParams))}</div>`;
    return { title: heading, body };
  },
  async act(visit) {
    const { operation, format } = exportOf(visit);
    const reason = visit.field('reason');
    const query = queryIn(visit.url.searchParams);
    const call = { params: { format }, query, ...(reason !== '' && { reason }) };
    const download = await visit.read<unknown>(operation, call);
    if (!(download instanceof Download)) throw new Error(`${operation} answers no file`);
    return download;
  },
};

/** @throws Problem forbidden for a list that the caller cannot export */
function exportOf(visit: Visit) {
  const [name = '', format = ''] = visit.param('file').split('.');
  const operation = `GET /exports/${name}.{format}`;
  if (!['csv', 'json'].includes(format)) throw new Problem('not_found');
  if (!visit.offers(operation)) throw new Problem('forbidden');
  return { operation, name, format };
}

const texts = {
  title: { en: 'Export as {format}', zh: '导出为 {format}' },
  what: {
    en: 'The file has all rows of the list with these filters, not only those of one page. It has no token. The event log keeps the export, its filters and the number of rows.',
    zh: '文件包含符合筛选条件的全部内容，而不只是当前页。文件中没有任何令牌。事件日志会记录本次导出、筛选条件和行数。',
  },
  people: {
    en: 'It has names, e-mail addresses and the providers’ ids of people. Keep it as safe as the database.',
    zh: '文件包含用户的昵称、邮箱和平台标识，请像保护数据库一样妥善保管。',
  },
  csv: {
    en: 'Times are in UTC. A cell that a spreadsheet would run as a formula begins with an apostrophe.',
    zh: '时间为 UTC。会被电子表格当作公式执行的单元格前加了单引号。',
  },
  json: { en: 'Times are in UTC.', zh: '时间为 UTC。' },
  filters: { en: 'Filters', zh: '筛选条件' },
  button: { en: 'Download', zh: '下载' },
} satisfies Record<string, Text>;
