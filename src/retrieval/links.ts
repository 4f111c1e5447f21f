/** The links that a refusal carries: pages of the broker where the user can resolve the problem. */
export interface Links {
  /** The page that links an account of this connection; without an alias, the page of linked accounts. */
  link(alias: string | undefined, clientId: string): string;
  /** The page that lets the app use accounts of this connection while the person is away. */
  background(alias: string, clientId: string): string;
  /** The page that reauthorizes exactly this identity, with the missing upstream scopes. */
  reauthorize(identityId: string, clientId: string, missing?: readonly string[]): string;
}

export function createLinks(issuer: string): Links {
  const at = (path: string, query: Readonly<Record<string, string>>) => {
    const url = new URL(path, issuer);
    url.search = new URLSearchParams(query).toString();
    return url.href;
  };
  return {
    link: (alias, clientId) =>
      at(alias === undefined ? '/account' : `/account/link/${encodeURIComponent(alias)}`, { app: clientId }),
    background: (alias, clientId) =>
      at(`/account/apps/${encodeURIComponent(clientId)}/background/${encodeURIComponent(alias)}`, {}),
    reauthorize: (identityId, clientId, missing = []) =>
      at(`/account/identities/${identityId}/reauthorize`, {
        app: clientId,
        ...(missing.length > 0 && { scope: missing.join(' ') }),
      }),
  };
}
