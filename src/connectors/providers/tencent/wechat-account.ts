import { z } from 'zod';
import type { AccountCall } from '../../contract/calls.ts';
import { furtherId, shown } from '../../contract/profile-fields.ts';
import type { UpstreamAccount } from '../../contract/upstream-sign-in.ts';
import { overHttps } from './pictures.ts';

const holder = z.object({ openid: z.string().min(1), unionid: furtherId });
const profile = holder.extend({ nickname: shown, headimgurl: shown });

/** Returns the ids that an app needs beside the token. */
export function idsIn(body: unknown): Record<string, string> {
  const { data } = holder.safeParse(body);
  return data ? { openid: data.openid, ...(data.unionid && { unionid: data.unionid }) } : {};
}

/**
 * Returns the account. The subject is the openid, which never changes for this app. The unionid appears only once the app
 * is bound to an open platform account, so it is an alternate id and never the subject.
 */
export function accountFromIds(body: unknown): UpstreamAccount {
  const { openid, unionid } = holder.parse(body);
  return {
    subject: openid,
    alternates: { ...(unionid && { 'wechat:unionid': unionid }) },
    name: undefined,
    picture: undefined,
    email: undefined,
    emailVerified: false,
  };
}

export async function profileOf({ tokens, registration, http }: AccountCall): Promise<UpstreamAccount> {
  const { subject } = accountFromIds(tokens.extra);
  const url = new URL(registration.endpoints.userinfo ?? `${registration.endpoints.api}/sns/userinfo`);
  const access_token = tokens.accessToken.reveal();
  url.search = new URLSearchParams({ access_token, openid: subject, lang: 'zh_CN' }).toString();
  const person = profile.parse(await http.json('profile', url));
  if (person.openid !== subject) throw new Error('userinfo answers for another openid than the token');
  return { ...accountFromIds(person), name: person.nickname, picture: overHttps(person.headimgurl) };
}
