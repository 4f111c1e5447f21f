import type { TestApp } from './app.ts';
import type { World } from './world.ts';

export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

export const types = {
  id_token: 'urn:ietf:params:oauth:token-type:id_token',
  access_token: 'urn:ietf:params:oauth:token-type:access_token',
  code: 'urn:symbolon:token-type:authorization-code',
};
type Kind = keyof typeof types;

type Ask = { readonly user: string; readonly kind: Kind } & Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** An app on a phone that signs people in through the providers' SDKs. */
export function createSdk(world: World, app: TestApp) {
  /** The proof that the provider's SDK on the phone gives to the app. */
  async function fromSdk(profile: string, ask: Ask): Promise<string> {
    const { value } = (await world.control('POST', `${profile}/sdk`, ask)) as { value: string };
    world.remember(ask.kind === 'id_token' ? value : undefined);
    return value;
  }

  async function trade(
    connection: string,
    proof: { kind: Kind; value: string },
    { as = app, at = world.issuer, ...more }: { as?: TestApp; at?: string } & Record<string, unknown> = {},
  ): Promise<Answer> {
    const form = {
      grant_type: tokenExchange,
      client_id: as.clientId,
      client_secret: as.clientSecret,
      subject_issuer: connection,
      subject_token: proof.value,
      subject_token_type: types[proof.kind],
      ...(more as Record<string, string>),
    };
    const response = await fetch(`${at}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
    const body = (await response.json()) as Record<string, unknown>;
    for (const name of ['access_token', 'refresh_token', 'id_token']) world.remember(body[name] as string);
    return { status: response.status, body };
  }

  return {
    fromSdk,
    trade,
    signedIn: async (connection: string, ask: Ask, more = {}) =>
      await trade(connection, { kind: ask.kind, value: await fromSdk(connection, ask) }, more),
  };
}
