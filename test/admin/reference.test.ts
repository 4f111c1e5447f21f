import type { Router } from 'express';
import { beforeAll, describe, expect, it } from 'vitest';
import { retrievalRoutes } from '../../src/retrieval/routes.ts';
import { textOf } from '../support/html-forms.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient } from './client.ts';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly tags: string[];
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>;
  readonly parameters?: { name: string; in: string }[];
  readonly requestBody?: { content: Record<string, { schema: Json }> };
}

let world: World;
let document: {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Json>;
};

beforeAll(async () => {
  world = await createWorld();
  document = JSON.parse(await (await fetch(`${world.issuer}/openapi.json`)).text());
});

function operations(): { path: string; method: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
}

function referencesIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  );
}

describe('the OpenAPI document', () => {
  it('is of version 3.1, and every operation has an id and its answers', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations()) {
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => /^20[014]$/.test(status)),
        path,
      ).toBe(true);
      expect(statuses).toContain('401');
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? [])
        .filter((one) => one.in === 'path')
        .map(({ name }) => name);
      expect(declared).toEqual(inPath);
      for (const [status, answer] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        expect(answer.content?.['application/problem+json']?.schema).toEqual({
          $ref: '#/components/schemas/Problem',
        });
      }
    }
  });

  it('has no dangling reference', () => {
    const references = referencesIn(document);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      const target = reference
        .split('/')
        .slice(1)
        .reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document);
      expect(target, reference).toBeDefined();
    }
  });

  it('names every route of /v1', () => {
    const router: Router = retrievalRoutes({} as Parameters<typeof retrievalRoutes>[0]);
    const served = router.stack.flatMap(({ route }) => (typeof route?.path === 'string' ? [route.path] : []));
    const described = Object.keys(document.paths).filter((path) => path.startsWith('/v1'));
    expect(described.sort()).toEqual(served.map((path) => `/v1${path.replace(/[:*](\w+)/g, '{$1}')}`).sort());
  });

  it('describes exactly what /admin/v1 serves, and what its Allow headers name', async () => {
    const call = adminClient(world);
    const paths = Object.keys(document.paths).filter((path) => path.startsWith('/admin/v1'));
    expect(paths.length).toBeGreaterThanOrEqual(14);
    for (const path of paths) {
      const answer = await call('PROPFIND', path.replace('/admin/v1', '').replace(/\{\w+\}/g, 'x'));
      expect(answer.status, path).toBe(405);
      const allowed = (answer.headers.get('allow') ?? '')
        .toLowerCase()
        .split(', ')
        .filter((one) => one !== 'head');
      expect(Object.keys(document.paths[path] ?? {}).sort()).toEqual(allowed.sort());
    }
  });

  it('describes every error of the contract', () => {
    const token = document.paths['/v1/me/identities/{ref}/token']?.get;
    const told = JSON.stringify(token?.responses);
    for (const code of [
      'invalid_token',
      'insufficient_scope',
      'connection_not_allowed',
      'insufficient_upstream_scope',
      'identity_not_found',
      'identity_selection_required',
      'reauthorization_required',
      'too_many_requests',
      'provider_error',
      'provider_unavailable',
      'unavailable',
    ]) {
      expect(told).toContain(`\`${code}\``);
    }
  });
});

describe('the page at /docs', () => {
  it('shows every operation, without a script', async () => {
    const answer = await fetch(`${world.issuer}/docs`);
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(html).not.toContain('<script');
    // Once: for each operation it took longer than the server keeps an idle connection.
    const text = textOf(html);
    for (const { path, method, operation } of operations()) {
      expect(html).toContain(`id="${operation.operationId}"`);
      expect(text).toContain(`${method.toUpperCase()} ${path}`);
    }
  });

  it('speaks Chinese around it', async () => {
    const answer = await fetch(`${world.issuer}/docs`, { headers: { 'accept-language': 'zh-CN' } });
    expect(await answer.text()).toContain('API 参考');
  });

  it('is read only', async () => {
    const answer = await fetch(`${world.issuer}/docs`, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});
