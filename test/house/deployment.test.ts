import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { settings } from '../../src/config/settings.ts';
import { readConfig } from '../../src/config.ts';
import { deadlines } from '../../src/kit/shutdown.ts';

const folder = 'deploy/kubernetes';

/** What the tests read of a manifest. `prove:kubernetes` checks all of it against the schemas of Kubernetes. */
// biome-ignore lint/suspicious/noExplicitAny: a manifest has the shape of its kind
type Manifest = any;

const { resources } = parse(readFileSync(`${folder}/kustomization.yaml`, 'utf8')) as { resources: string[] };
const manifests = [...resources, 'configure.yaml'].flatMap((file) =>
  parseAllDocuments(readFileSync(`${folder}/${file}`, 'utf8')).map((one): Manifest => one.toJS()),
);

function only(kind: string): Manifest {
  const found = manifests.filter((one) => one.kind === kind && one.metadata.name === 'symbolon');
  expect(found).toHaveLength(1);
  return found[0];
}

const pods = manifests
  .filter((one) => one.spec?.template)
  .map((one) => [one.metadata.name, one.spec.template.spec]);
const broker = () => only('StatefulSet').spec.template.spec;

it('each file is in the kustomization, or an example of its own', () => {
  const all = globSync(`${folder}/*.yaml`).map((file) => file.slice(folder.length + 1));
  const examples = ['kustomization.yaml', 'configure.yaml', 'prometheus-adapter.yaml'];
  expect(all.toSorted()).toEqual([...resources, ...examples].toSorted());
});

it.each(pods)(
  '%s runs without root, rights and a writable file system, and with bounded memory',
  (_name, pod) => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of pod.containers)
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    const names = pod.volumes.map(({ name }: { name: string }) => name);
    // The volume of each replica is a claim.
    for (const { name } of pod.containers[0].volumeMounts) expect([...names, 'data']).toContain(name);
  },
);

it('the settings of the brokers exist, and a broker starts with them', () => {
  const { data } = only('ConfigMap');
  expect(Object.keys(settings.shape)).toEqual(expect.arrayContaining(Object.keys(data)));
  const secrets = Object.keys(data).filter((name) => name.endsWith('_FILE'));
  const [, ...keys] = [
    'k1',
    Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64'),
  ];
  const values: Record<string, string> = {
    DATABASE_URL: 'postgresql://symbolon_app:x@db/symbolon',
    ENCRYPTION_KEYS: `k1:${keys[0]}`,
    ADMIN_API_TOKEN: 'q7Jm0Xv3Lk9RfW2sYtB8nHcE5uPzA1dG',
  };
  const plain = Object.entries(data).filter(([name]) => !secrets.includes(name));
  const inside = secrets.map((name) => name.slice(0, -'_FILE'.length)).map((name) => [name, values[name]]);
  const config = readConfig(Object.fromEntries([...plain, ...inside]));
  expect(config).toMatchObject({ production: true, migrates: false, metrics: { port: 9464 } });
  // Readiness is seen before the port closes, and the process is killed only after its own last deadline.
  const { periodSeconds, failureThreshold, timeoutSeconds } = broker().containers[0].readinessProbe;
  expect(config.shutdownDelay / 1000).toBeGreaterThan(periodSeconds * failureThreshold + timeoutSeconds);
  expect(broker().terminationGracePeriodSeconds).toBeGreaterThan(deadlines.exit / 1000);
  const ports = broker().containers[0].ports.map(
    ({ containerPort }: { containerPort: number }) => containerPort,
  );
  expect(ports).toEqual([config.port, config.metrics?.port]);
});

it('only the migration has the owner’s role, and each secret is a file', () => {
  const secretsOf = (pod: Manifest) =>
    pod.volumes.flatMap(({ secret }: Manifest) => (secret ? [secret.secretName] : []));
  const holders = pods.filter(([, pod]) => secretsOf(pod).includes('symbolon-owner'));
  expect(holders.map(([name]) => name)).toEqual(['symbolon-migrate']);
  const [migrate] = holders[0]?.[1].containers ?? [];
  expect(migrate.args).toEqual(['migrate', '--grant', 'symbolon_app']);
  const secret = /(TOKEN|PIN|SECRET|PASSWORD|_KEYS|DATABASE_URL)$/;
  const ofSecrets = Object.keys(settings.shape).filter(
    (name) => secret.test(name) && name !== 'PKCS11_TOKEN',
  );
  for (const name of ofSecrets) expect(Object.keys(settings.shape)).toContain(`${name}_FILE`);
  expect(ofSecrets.length).toBeGreaterThan(4);
});

it('selectors, ports and the scaled metric lead to what is there', () => {
  const { labels } = only('StatefulSet').spec.template.metadata;
  expect(only('StatefulSet').spec.selector.matchLabels).toEqual(labels);
  expect(only('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels);
  for (const { spec } of manifests.filter((one) => one.kind === 'Service'))
    expect(spec.selector).toEqual(labels);
  expect(manifests.map((one) => one.kind === 'Service' && one.metadata.name)).toContain(
    only('StatefulSet').spec.serviceName,
  );
  const { minReplicas, maxReplicas, metrics, scaleTargetRef } = only('HorizontalPodAutoscaler').spec;
  expect(scaleTargetRef).toMatchObject({ kind: 'StatefulSet', name: only('StatefulSet').metadata.name });
  expect([minReplicas >= 3, maxReplicas > minReplicas]).toEqual([true, true]);
  const adapter = parse(readFileSync(`${folder}/prometheus-adapter.yaml`, 'utf8')).rules.custom[0];
  expect(metrics[1].pods.metric.name).toBe(adapter.name.as);
  const [series = ''] = adapter.seriesQuery.split('{');
  const base = series.replace(/_count$/, '');
  expect(readFileSync('src/kit/metrics.ts', 'utf8')).toContain(`'${base}'`);
});

it('the unit of systemd waits for the shutdown, and names settings that exist', () => {
  const unit = readFileSync('deploy/systemd/symbolon.service', 'utf8');
  const named = [...unit.matchAll(/^Environment=(.+)$/gm)].flatMap(([, list = '']) => list.split(' '));
  expect(Object.keys(settings.shape)).toEqual(expect.arrayContaining(named.map((one) => one.split('=')[0])));
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(deadlines.exit / 1000);
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(unit).toContain(scripts.start.replace(/^node /, 'node_modules/.bin/node '));
});
