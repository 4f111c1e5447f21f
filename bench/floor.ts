import { createDecipheriv } from 'node:crypto';
import { createServer } from 'node:http';
import { createLocalJWKSet, jwtVerify } from 'jose';
import pg from 'pg';

// The minimal server for the same job, written by hand: it verifies the signature, reads one row by a
// prepared statement, opens it and answers. It has no permission, revocation, audit, policy, identity or
// token state.

const [, , url = '', port = '0', issuer = '', key = ''] = process.argv;
const secret = Buffer.from(key, 'base64');
const pool = new pg.Pool({ connectionString: url, max: 20 });
const { rows } = await pool.query<{ jwk: Record<string, string> }>(
  'SELECT public_jwk AS jwk FROM signing_key',
);
const keySet = createLocalJWKSet({ keys: rows.map(({ jwk }) => ({ kty: 'RSA', ...jwk })) });
const audience = `${issuer}/v1`;

createServer(async (request, response) => {
  try {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    const { payload } = await jwtVerify(token, keySet, {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: ['RS256'],
    });
    const [, , , , ref = ''] = (request.url ?? '').split('/');
    const { rows } = await pool.query<{ sealed: Buffer }>({
      name: 'floor',
      text: 'SELECT sealed FROM bench_floor WHERE user_id = $1 AND connection = $2',
      values: [payload.sub, ref],
    });
    const [row] = rows;
    if (!row) return response.writeHead(404).end();
    const body = JSON.stringify({ access_token: open(row.sealed), token_type: 'Bearer' });
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
    });
    response.end(body);
  } catch {
    response.writeHead(401).end();
  }
}).listen(Number(port), '127.0.0.1');

function open(box: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', secret, box.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(box.subarray(box.length - 16));
  return decipher.update(box.subarray(12, box.length - 16), undefined, 'utf8') + decipher.final('utf8');
}
