import type { z } from 'zod';
import type { invitationAnswer } from '../../admin/admins.ts';
import { type Role, roles } from '../../admin/roles.ts';
import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import { Problem } from '../../kit/problem.ts';
import { adminTexts as texts } from '../admin-texts.ts';
import { stepPage } from '../step-page.ts';
import { texts as roleTexts } from '../texts.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { timeText } from '../zone.ts';
import type { Admin, Token } from './admins.ts';
import { nameOf } from './person.ts';

const paramsOf = (visit: Visit) => ({ user: visit.param('user') });
const common = { needs: 'admins:change', back: () => '/console/admins', reason: 'required' } as const;
const query = { limit: '200' };

/** Reads the admin of the address. @throws Problem not_found */
async function readAdmin(visit: Visit): Promise<Admin> {
  const { items } = await visit.read<{ items: Admin[] }>('GET /admins', { query });
  const admin = items.find(({ user }) => user === visit.param('user'));
  if (!admin) throw new Problem('not_found');
  return admin;
}

function roleChoice({ say, field }: Visit, present: Role) {
  const chosen = field('role') || present;
  const options = roles.map(
    (role) =>
      html`<option value="${role}"${role === chosen && html` selected`}>${say(roleTexts[role])}</option>`,
  );
  return html`<div><label for="role">${say(texts.role)}</label><select id="role" name="role">${options}</select></div>`;
}

/** The steps that let admins in, and that change or take their roles. */
export const adminSteps: readonly ConsolePage[] = [
  stepPage<undefined>({
    ...common,
    path: '/admins/invite',
    operation: 'POST /admins/invitations',
    read: async () => undefined,
    title: (_none, { say }) => say(texts.inviteTitle),
    explain: (_none, { say }) => [say(texts.inviteWhat)],
    fields: (_none, visit) => roleChoice(visit, 'operator'),
    button: texts.inviteButton,
    input: (_none, { field }) => ({ body: { role: field('role') } }),
    after({ say, zone }, { answer }) {
      const { url, role, expires_at: at } = answer as z.output<typeof invitationAnswer>;
      const title = say(texts.invited);
      const time = timeText(new Date(at), zone);
      const body = html`<h1>${title}</h1>
<p role="status">${say(texts.invitedWhat, { role: say(roleTexts[role]), time })}</p>
<p class="name"><code>${url}</code> <button type="button" class="plain small" data-copy="${url}" data-js hidden>${say(texts.copy)}</button></p>
<p class="actions"><a class="button plain" href="/console/admins">${say(texts.title)}</a></p>`;
      return { title, body };
    },
  }),
  stepPage<Admin>({
    ...common,
    path: '/admins/:user/role',
    operation: 'PATCH /admins/{user}',
    read: readAdmin,
    title: (admin, visit) => visit.say(texts.changeTitle, { name: nameOf(admin, visit) }),
    explain: (_admin, { say }) => [say(texts.changeWhat)],
    fields: ({ role }, visit) => roleChoice(visit, role),
    button: texts.changeButton,
    input: (_admin, visit) => ({ params: paramsOf(visit), body: { role: visit.field('role') } }),
  }),
  stepPage<Admin>({
    ...common,
    path: '/admins/:user/remove',
    operation: 'DELETE /admins/{user}',
    read: readAdmin,
    title: (admin, visit) => visit.say(texts.removeTitle, { name: nameOf(admin, visit) }),
    explain: (_admin, { say }) => [say(texts.removeWhat)],
    button: texts.removeButton,
    danger: true,
    input: (_admin, visit) => ({ params: paramsOf(visit) }),
  }),
  stepPage<Token>({
    ...common,
    path: '/admins/tokens/:token/remove',
    operation: 'DELETE /tokens/{token}',
    async read(visit) {
      const { items } = await visit.read<{ items: Token[] }>('GET /tokens', { query });
      const token = items.find(({ id }) => id === visit.param('token'));
      if (!token) throw new Problem('not_found');
      return token;
    },
    title: ({ name }, { say }) => say(texts.removeTokenTitle, { name: displayText(name) }),
    explain: (_token, { say }) => [say(texts.removeTokenWhat)],
    button: texts.removeTokenButton,
    danger: true,
    input: ({ id }) => ({ params: { token: id } }),
  }),
];
