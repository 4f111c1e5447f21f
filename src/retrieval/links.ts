/** The ways out that an error offers: pages of ours where the user sets things right. */
export interface Links {
  /** Adds an account of this connection; without one, the page of linked accounts. */
  link(alias: string | undefined, clientId: string): string;
  /** Authorises exactly this identity again, with the scopes that are missing. */
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
    reauthorize: (identityId, clientId, missing = []) =>
      at(`/account/identities/${identityId}/reauthorize`, {
        app: clientId,
        ...(missing.length > 0 && { scope: missing.join(' ') }),
      }),
  };
}
