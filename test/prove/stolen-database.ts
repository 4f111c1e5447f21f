import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Theft, type TheftName, thefts } from '../security/stolen-database-table.ts';
import { table } from '../security/table.ts';
import { attempts } from './stolen-database/attempts.ts';
import { type Stage, setStage } from './stolen-database/stage.ts';

// npm run prove:stolen-database. A person can read and write the database and has the files of DATA_DIR, but no
// encryption key. Each attempt of docs/security.md is tried at a real broker; an attempt that gives more or less than the
// page says fails the run.

const opened = new AsyncDisposableStack();
try {
  const stage = await setStage(opened);
  const before = await sealed(stage);
  const rows: string[][] = [['attempt', 'gives', 'as the page says']];
  let surprises = 0;
  for (const [name, attempt] of Object.entries(attempts)) {
    const { attempt: sentence, gain }: Theft = thefts[name as TheftName];
    const gained = await attempt(stage).catch((error: unknown) => String(error));
    const expected = gained === (gain !== 'nothing');
    if (!expected) surprises += 1;
    rows.push([
      sentence,
      gained === true ? gain : gained === false ? 'nothing' : gained,
      expected ? 'yes' : 'NO',
    ]);
    process.stderr.write('.');
  }
  await sealed(stage, new Date());
  const { code, text } = await verify(stage);
  for (const [finding, id] of [
    ['the changed event', before],
    ['the older entry', stage.victim.identityId],
  ] as const) {
    const found = code === 3 && text.includes(id);
    if (!found) surprises += 1;
    rows.push([
      `\`symbolon audit verify\` names ${finding}`,
      found ? 'yes' : text.slice(0, 300),
      found ? 'yes' : 'NO',
    ]);
  }
  process.stdout.write(`\n${table(rows)}\n`);
  if (surprises > 0) process.exitCode = 1;
} finally {
  await opened.disposeAsync();
}

/** Waits for a seal that was closed after a time. Returns the id of the first event. */
async function sealed({ pool }: Stage, after = new Date(0)): Promise<string> {
  for (let tries = 0; tries < 150; tries += 1) {
    const { rows } = await pool.query(
      'SELECT (SELECT min(id) FROM audit_event) AS id FROM audit_seal WHERE events > 0 AND closed_at > $1',
      [after],
    );
    if (rows[0]?.id) return String(rows[0].id);
    await pause(1_000);
  }
  throw new Error('no seal was closed');
}

async function verify({ settings }: Stage): Promise<{ code: number; text: string }> {
  const command = ['--disable-warning=ExperimentalWarning', 'src/cli.ts', 'audit', 'verify'];
  const env = { PATH: process.env.PATH, ...settings };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { env });
    return { code: 0, text: stdout };
  } catch (error) {
    const {
      code = 1,
      stdout = '',
      stderr = '',
    } = error as { code?: number; stdout?: string; stderr?: string };
    return { code, text: `${stdout}${stderr}` };
  }
}
