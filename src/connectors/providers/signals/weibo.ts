import { z } from 'zod';
import { accepted, doubtSignal, type SignalTraits } from '../../contract/signal.ts';

const message = z.object({ source: z.string(), uid: z.string().regex(/^[1-9]\d{0,19}$/) });

/** The message that a person revoked the authorization at Weibo. */
export const weiboSignals: SignalTraits = {
  about:
    'Enter it as 取消授权回调页, under 应用信息 → 高级信息. Its messages are not signed, so they only cause a check of the grant.',
  methods: ['GET', 'POST'],
  read({ request: { method, query, body }, registration, now }) {
    const said = method === 'GET' ? query : new URLSearchParams(body);
    const { source, uid } = message.parse(Object.fromEntries(said));
    if (source !== registration.clientId) throw new Error('the message is about another app');
    return { signals: [doubtSignal(uid, now)], answer: accepted };
  },
};
