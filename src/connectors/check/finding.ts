/** The result of one check of a connection, with a sentence for the admin. Never contains a secret. */
export interface Finding {
  readonly check:
    | 'redirect-uri'
    | 'client-id'
    | 'client-secret'
    | 'options'
    | 'discovery'
    | 'keys'
    | 'id-token'
    | 'userinfo'
    | 'token-endpoint'
    | 'clock';
  readonly verdict: Verdict;
  readonly detail: string;
}

export type Verdict = 'ok' | 'to-fix' | 'not-tried';

type Say = (check: Finding['check'], detail: string) => Finding;

export const ok: Say = (check, detail) => ({ check, verdict: 'ok', detail });
export const toFix: Say = (check, detail) => ({ check, verdict: 'to-fix', detail });
export const notTried: Say = (check, detail) => ({ check, verdict: 'not-tried', detail });
