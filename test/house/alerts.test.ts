import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const read = (file: string) => readFileSync(file, 'utf8');

const alert = z.object({
  alert: z.string(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
});
const rules = z
  .object({ groups: z.array(z.object({ rules: z.array(alert) })) })
  .parse(parse(read('deploy/prometheus/alerts.yaml')))
  .groups.flatMap((group) => group.rules);
const names = rules.map((rule) => rule.alert);

it('each alert has a section that says what to do, and each section an alert', () => {
  const sections = [...read('docs/alerts.md').matchAll(/^### (.*)$/gm)].map(([, title]) => title);
  expect(sections).toEqual(names);
  const links = rules.map(({ annotations }) => annotations.runbook);
  expect(links).toEqual(names.map((name) => `docs/alerts.md#${name.toLowerCase()}`));
});

it('each alert has a case for promtool in which it is raised', () => {
  const { tests } = z
    .object({
      tests: z.array(z.object({ alert_rule_test: z.array(z.object({ alertname: z.string() })).default([]) })),
    })
    .parse(parse(read('deploy/prometheus/alerts.test.yaml')));
  const raised = tests.flatMap((one) => one.alert_rule_test.map(({ alertname }) => alertname));
  expect(raised.toSorted()).toEqual(names.toSorted());
});
