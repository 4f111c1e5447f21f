import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { configurationDocument } from '../../src/admin/configuration/document.ts';
import { settings } from '../../src/config/settings.ts';
import { readConfig } from '../../src/config.ts';

const build = z.object({ args: z.record(z.string(), z.string()) });
const service = z.object({ build: build.optional(), environment: z.record(z.string(), z.string()) });
const compose = z
  .object({
    services: z.object({
      broker: service,
      postgres: service,
      configure: service.extend({ command: z.array(z.string()), volumes: z.array(z.string()) }),
    }),
  })
  .parse(parse(readFileSync('docker-compose.yml', 'utf8')));
const { broker, postgres, configure } = compose.services;

const given: Readonly<Record<string, string>> = {
  PUBLIC_URL: 'https://id.example.com',
  POSTGRES_PASSWORD: 'of-the-database',
  ENCRYPTION_KEYS: `k1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64')}`,
};

/** Substitutes variables as compose does: `${NAME:?what to say}` and `${NAME:-default}`. */
function filled(environment: Readonly<Record<string, string>>, values: typeof given): Record<string, string> {
  const fill = (text: string) =>
    text.replaceAll(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name: string, kind: string, words: string) => {
      const value = values[name] ?? (kind === '-' ? words : undefined);
      if (value === undefined) throw new Error(words);
      return value;
    });
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, fill(text)]));
}

test('the settings of the broker in docker-compose.yml exist, and it starts in production', () => {
  expect(Object.keys(settings.shape)).toEqual(expect.arrayContaining(Object.keys(broker.environment)));
  const config = readConfig(filled(broker.environment, given));
  expect(config).toMatchObject({
    production: true,
    issuer: 'https://id.example.com',
    lab: false,
    demo: false,
  });
  expect(config.databaseUrl).toContain(':of-the-database@postgres:5432/symbolon');
});

test('the image is not built without the digest of its base', () => {
  const { NODE_IMAGE = '' } = broker.build?.args ?? {};
  expect(() => filled({ NODE_IMAGE }, given)).toThrow('set NODE_IMAGE');
  expect(filled({ NODE_IMAGE }, { NODE_IMAGE: 'node@sha256:1' })).toEqual({ NODE_IMAGE: 'node@sha256:1' });
});

test.each(Object.keys(given))('nothing starts without %s', (name) => {
  const { [name]: _, ...others } = given;
  const all = { ...broker.environment, ...postgres.environment };
  expect(() => filled(all, others)).toThrow(`set ${name}`);
});

const applied = (command: readonly string[]) => command.slice(command.indexOf('config'));

test('the configuration that compose applies is one, and the service has the settings of the broker', () => {
  expect(configure.environment).toEqual(broker.environment);
  expect(applied(configure.command)).toEqual([
    'config',
    'apply',
    '/configuration.yaml',
    '--managed-by',
    'compose',
  ]);
  const [, file = ''] = /:-\.\/(.*?)\}:\/configuration\.yaml:ro/.exec(configure.volumes.join()) ?? [];
  const shipped = parse(readFileSync(file, 'utf8'));
  // Nothing is set until an operator says so.
  expect(configurationDocument.parse(shipped)).toEqual({ symbolon: 1 });
});

test('the configuration of the Kubernetes example is one, and its job applies it', () => {
  const text = readFileSync('deploy/kubernetes/configure.yaml', 'utf8');
  const [map, job] = parseAllDocuments(text).map((document) => document.toJS());
  expect(configurationDocument.parse(parse(map.data['configuration.yaml']))).toMatchObject({
    connections: [{ alias: 'github', client_secret: { file: '/secrets/github-client-secret' } }],
  });
  const [container] = job.spec.template.spec.containers;
  expect(applied(container.args).slice(0, 3)).toEqual([
    'config',
    'apply',
    '/configuration/configuration.yaml',
  ]);
  expect(container.volumeMounts).toContainEqual({
    name: 'configuration',
    mountPath: '/configuration',
    readOnly: true,
  });
});
