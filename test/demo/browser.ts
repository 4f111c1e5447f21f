/** The parts of a browser that the demo needs: cookies and forms. It follows no redirects. */
export function browser(base: string) {
  const cookies = new Map<string, string>();

  async function go(path: string, init: RequestInit = {}) {
    const headers = new Headers(init.headers);
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(new URL(path, base), { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    const { status, headers: answered } = response;
    return {
      status,
      headers: answered,
      text: await response.text(),
      location: answered.get('location') ?? '',
    };
  }

  return {
    cookies,
    get: (path: string, headers: Record<string, string> = {}) => go(path, { headers }),
    post: (path: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      go(path, { method: 'POST', body: new URLSearchParams(form), headers }),
  };
}
