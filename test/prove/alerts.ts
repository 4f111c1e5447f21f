import { spawnSync } from 'node:child_process';

// npm run prove:alerts. Checks the alert rules of deploy/prometheus and runs their tests by `promtool`, which comes with Prometheus.

const folder = 'deploy/prometheus';
const runs = [
  ['check', 'rules', `${folder}/alerts.yaml`],
  ['test', 'rules', `${folder}/alerts.test.yaml`],
];

if (spawnSync('promtool', ['--version']).error) {
  process.stderr.write(
    'prove:alerts: promtool is not on the PATH. It is part of Prometheus 2.42 or newer; on Debian: apt-get install prometheus\n',
  );
  process.exitCode = 2;
} else {
  const passed = runs.map((run) => spawnSync('promtool', run, { stdio: 'inherit' }).status === 0);
  process.exitCode = passed.every(Boolean) ? 0 : 1;
}
