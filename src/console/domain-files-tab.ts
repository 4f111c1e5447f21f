import { type Html, html } from '../kit/html.ts';
import type { Connection } from './answers.ts';
import { connectionTexts as texts } from './connection-texts.ts';
import type { EditForm } from './edit-declaration.ts';
import { editForm, Refusal } from './edit-form.ts';
import { saveForm } from './edit-save.ts';
import { apiCall } from './list-tools.ts';
import type { Tab } from './tab-bar.ts';
import type { Visit } from './visit.ts';

const path = '/connections/{connection}/domain-files';

/** The files by which a provider verifies the domain of this site. */
export const domainFilesTab: Tab<Connection> = {
  name: 'files',
  text: texts.files,
  shown: (visit) => visit.offers(`GET ${path}`) && !visit.caller.rights.namesOnly,
  content: (visit, one) => content(visit, one),
  async act(visit, one) {
    const there = `${visit.url.pathname}?tab=files&done=saved`;
    const removed = visit.field('remove');
    if (removed !== '') {
      await visit.change(`DELETE ${path}/{name}`, { params: { connection: one.alias, name: removed } });
      return there;
    }
    const saved = await saveForm(visit, formOf(one, visit.field('name')));
    if (saved instanceof Refusal)
      return { again: await content(visit, one, saved), status: saved.problem.status };
    return 'view' in saved ? saved.view : there;
  },
};

/** The name is a part of the path, and the content is the body. */
function formOf({ alias }: Connection, name: string): EditForm {
  return {
    operation: `PUT ${path}/{name}`,
    params: { connection: alias, name },
    about: texts.filesWhat,
    fields: [
      { name: 'name', label: texts.fileName, kind: 'text', required: true, aside: true },
      { name: 'content', label: texts.fileContent, kind: 'text', required: true },
    ],
    button: texts.fileAdd,
  };
}

async function content(visit: Visit, one: Connection, refusal?: Refusal): Promise<Html> {
  const { say, csrf, url } = visit;
  const params = { connection: one.alias };
  const { items } = await visit.read<{ items: readonly { name: string; url: string }[] }>(`GET ${path}`, {
    params,
  });
  const lines = items.map(
    (file) => html`<li class="copy"><code>${file.url}</code> ${
      visit.may('configuration:change') &&
      html`<form class="mover" method="post" action="${url.pathname}?tab=files">${csrf}<button class="plain small" name="remove" value="${file.name}">${say(texts.remove)}</button></form>`
    }</li>
`,
  );
  return html`<section class="card">${lines.length > 0 && html`<ul class="plain">${lines}</ul>`}${editForm(visit, formOf(one, ''), refusal)}</section>
<div class="tools">${apiCall(visit, `GET ${path.replace('{connection}', one.alias)}`)}</div>`;
}
