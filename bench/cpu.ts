import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU seconds a process has used, in user and kernel mode, all its threads; Linux only. */
export function cpuOf(pid: number): number {
  const [user = 0, system = 0] = statOf(pid);
  return (user + system) / ticksPerSecond;
}

/** Of a PostgreSQL server: its processes of now, and those that have ended, which its parent has on its account. */
export function cpuOfPostgres(postmaster: number): number {
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = statOf(postmaster);
  const children = processes().filter((pid) => parentOf(pid) === postmaster);
  const living = children.reduce((sum, pid) => sum + cpuOf(pid), 0);
  return (user + system + endedUser + endedSystem) / ticksPerSecond + living;
}

/** Resident memory, MiB. */
export function memoryOf(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

function processes(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function parentOf(pid: number): number | undefined {
  return fieldsOf(pid)?.[1];
}

/** utime, stime, cutime, cstime of proc(5). */
function statOf(pid: number): readonly number[] {
  return fieldsOf(pid)?.slice(11, 15) ?? [];
}

/** From the third field on: the name before it may hold anything. */
function fieldsOf(pid: number): readonly number[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return undefined;
  }
}
