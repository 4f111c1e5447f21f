import { spawnSync } from 'node:child_process';

// `npm run --silent base-image >> .env` asks Docker for the digest of the newest base image. Review a new digest as you review
// a new version of a package.

const tag = process.argv[2] ?? 'node:24-slim';
const asked = spawnSync(
  'docker',
  ['buildx', 'imagetools', 'inspect', tag, '--format', '{{.Manifest.Digest}}'],
  {
    encoding: 'utf8',
  },
);
const digest = asked.stdout?.trim() ?? '';

if (asked.error || asked.status !== 0 || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
  const why = asked.error?.message ?? (asked.stderr.trim() || `no digest in ${JSON.stringify(digest)}`);
  console.error(`symbolon: docker does not tell the digest of ${tag}: ${why}`);
  process.exit(1);
}
console.info(`NODE_IMAGE=${tag}@${digest}`);
