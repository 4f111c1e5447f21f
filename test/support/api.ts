/** A call to the broker's API as an app makes it. */
export async function callApi(base: string, path: string, token: string): Promise<ApiAnswer> {
  const response = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface ProviderToken {
  readonly access_token: string;
  readonly identity: { readonly id: string; readonly subject: string };
  readonly parameters: Readonly<Record<string, string>>;
  readonly usage: {
    readonly transport: 'header' | 'query';
    readonly name: string;
    readonly api_base: string;
  };
}
