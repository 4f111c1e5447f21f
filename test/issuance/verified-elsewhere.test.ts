import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Apache, hasApache, startApache } from './support/apache.ts';
import { type RelyingApp, registerApp } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// Our access tokens at resource servers with third-party libraries. Each runs where Debian's package is
// installed: python3-jwt, python3-jose, python3-authlib, libapache2-mod-oauth2 (with apache2). jose, the one
// for Node, is in apis.test.ts.

let room: Room;
let app: RelyingApp;
let api: { readonly id: string; readonly secret: string };
let tokens: Record<string, string>;
const algs = ['RS256', 'ES256', 'EdDSA'] as const;
const audience = (name: string) => `https://${name.toLowerCase()}.example`;

beforeAll(async () => {
  room = await openRoom();
  const { apis } = room.issuance;
  for (const signingAlg of algs)
    await apis.create({ identifier: audience(signingAlg), name: signingAlg, signingAlg });
  const opaque = await apis.create({
    identifier: audience('opaque'),
    name: 'Opaque',
    accessTokenFormat: 'opaque',
  });
  api = { id: opaque.id, secret: (await apis.rotateSecret(opaque.id)).reveal() };
  const names = [...algs, 'opaque'];
  app = await registerApp(room, { firstParty: true, apis: names.map(audience) });
  const issued = names.map(async (name) => {
    const signedIn = await app.signIn({ audience: audience(name), scope: 'openid' });
    return [name, signedIn.tokens.access_token] as const;
  });
  tokens = Object.fromEntries(await Promise.all(issued));
});

/** The same claims with the signature of another token. */
function forged(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const other = signature.startsWith('A') ? 'B' : 'A';
  return `${header}.${payload}.${other}${signature.slice(1)}`;
}

const python = '/usr/bin/python3';
const has = (module: string) => spawnSync(python, ['-c', `import ${module}, cryptography`]).status === 0;

const scripts = {
  jwt: `
import jwt, json, sys
jwks, token, issuer, audience = sys.argv[1:]
key = jwt.PyJWKClient(jwks).get_signing_key_from_jwt(token).key
print(json.dumps(jwt.decode(token, key, algorithms=["RS256", "ES256", "EdDSA"], issuer=issuer, audience=audience)))`,
  jose: `
import json, sys, urllib.request
from jose import jwt
jwks, token, issuer, audience = sys.argv[1:]
keys = json.load(urllib.request.urlopen(jwks))
kid = jwt.get_unverified_header(token)["kid"]
alg = jwt.get_unverified_header(token)["alg"]
# It tries every key of a set in turn and fails at the first of another kind, so the one with the name is picked.
key = keys if alg == "RS256" else next(key for key in keys["keys"] if key["kid"] == kid)
print(json.dumps(jwt.decode(token, key, algorithms=["RS256", "ES256"], issuer=issuer, audience=audience)))`,
  authlib: `
import json, sys, urllib.request
from authlib.jose import JsonWebKey, JsonWebToken
jwks, token, issuer, audience = sys.argv[1:]
keys = JsonWebKey.import_key_set(json.load(urllib.request.urlopen(jwks)))
claims = JsonWebToken(["RS256", "ES256", "EdDSA"]).decode(token, keys, claims_options={
  "iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": audience}})
claims.validate()
print(json.dumps(claims))`,
};

import { atEnd } from '../support/at-end.ts';

async function decode(library: keyof typeof scripts, token: string, wanted: string): Promise<unknown> {
  const jwks = `${room.issuer}/.well-known/jwks.json`;
  const { stdout } = await promisify(execFile)(python, [
    '-c',
    scripts[library],
    jwks,
    token,
    room.issuer,
    wanted,
  ]);
  return JSON.parse(stdout);
}

describe.each([
  ['jwt', 'PyJWT', algs],
  ['jose', 'python-jose', algs.slice(0, 2)],
  ['authlib', 'Authlib', algs],
] as const)('%s for Python', (library, _name, known) => {
  it.skipIf(!has(library)).each([...known])('verifies %s from the published keys', async (alg) => {
    const token = tokens[alg] ?? '';
    const wanted = audience(alg);
    expect(await decode(library, token, wanted)).toMatchObject({ sub: 'usr_lin', client_id: app.id });
    await expect(decode(library, forged(token), wanted)).rejects.toThrow();
    await expect(decode(library, token, 'https://other.example')).rejects.toThrow();
  });
});

const ask = async (apache: Apache, path: string, token?: string) => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${apache.url}${path}`, { headers });
  return [response.status, response.headers.get('x-sub')];
};

describe.skipIf(!hasApache('oauth2'))('Apache with mod_oauth2', () => {
  let apache: Apache;

  beforeAll(async () => {
    const location = (path: string, verify: string) => `<Location ${path}>
  AuthType oauth2
  OAuth2TokenVerify ${verify}
  OAuth2TargetPass envs=true&remote_user_claim=sub
  Require oauth2_claim aud:${audience(path.slice(1))}
  Header set X-Sub "%{OAUTH2_CLAIM_sub}e"
</Location>`;
    const jwks = `jwks_uri ${room.issuer}/.well-known/jwks.json`;
    const introspect = `introspect ${room.issuer}/oauth/introspect introspect.auth=client_secret_basic&client_id=${api.id}&client_secret=${api.secret}`;
    apache = await startApache(
      ['oauth2'],
      [location('/rs256', jwks), location('/es256', jwks), location('/opaque', introspect)].join('\n'),
    );
  });
  atEnd(() => apache?.close());

  it.each(['RS256', 'ES256'])('accepts a valid %s token, by the published keys', async (alg) => {
    const path = `/${alg.toLowerCase()}`;
    expect(await ask(apache, path, tokens[alg]), apache.log()).toEqual([200, 'usr_lin']);
    expect((await ask(apache, path, forged(tokens[alg] ?? '')))[0]).toBe(401);
    expect((await ask(apache, path))[0]).toBe(401);
  });

  it('refuses a token for another API', async () => {
    expect((await ask(apache, '/rs256', tokens.ES256))[0]).toBe(401);
  });

  it('accepts an opaque one by introspection, with the id and secret of the API', async () => {
    expect(await ask(apache, '/opaque', tokens.opaque), apache.log()).toEqual([200, 'usr_lin']);
    expect((await ask(apache, '/opaque', 'nonsense-that-is-long-enough-to-be-a-token'))[0]).toBe(401);
    expect((await ask(apache, '/opaque', tokens.RS256))[0]).toBe(401);
  });
});
