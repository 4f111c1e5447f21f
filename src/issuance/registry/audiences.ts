/** The names of the broker's own two audiences, and which of them a token carries. */
export interface Audiences {
  /** The broker's own API: what a token is for when nothing else is asked. */
  readonly broker: string;
  readonly userinfo: string;
  of(token: { readonly resource: string; readonly scope: string }): string | string[];
}

export function createAudiences(issuer: string): Audiences {
  const broker = `${issuer}/v1`;
  const userinfo = `${issuer}/userinfo`;
  return {
    broker,
    userinfo,
    of({ resource, scope }) {
      const opens = resource === broker || scope.split(' ').includes('openid');
      return opens ? [resource, userinfo] : resource;
    },
  };
}
