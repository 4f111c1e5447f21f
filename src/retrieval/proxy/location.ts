/**
 * Returns where a provider's redirect leads the app: within the API through the proxy, under the same policy;
 * elsewhere directly, without a token. The proxy follows no redirect itself. `proxyBase` is the path of the app's request
 * up to `/proxy`.
 */
export function locationForApp(
  location: string,
  { api, proxyBase }: { readonly api: string; readonly proxyBase: string },
): string {
  if (!URL.canParse(location, api)) return location;
  const url = new URL(location, api);
  const base = new URL(api);
  const basePath = base.pathname.replace(/\/$/, '');
  url.username = '';
  url.password = '';
  const within = url.origin === base.origin && url.pathname.startsWith(`${basePath}/`);
  return within ? proxyBase + url.pathname.slice(basePath.length) + url.search : url.href;
}
