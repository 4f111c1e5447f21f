/** The unparsed answer to an app. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body };
}

export async function postForm(
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams(fields);
  return await answerOf(await fetch(url, { method: 'POST', body, headers }));
}

export async function postJson(
  url: string,
  value: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = JSON.stringify(value);
  const json = { 'content-type': 'application/json', ...headers };
  return await answerOf(await fetch(url, { method: 'POST', body, headers: json }));
}

export async function getJson(url: string, token?: string): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return await answerOf(await fetch(url, { headers }));
}
