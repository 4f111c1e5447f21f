import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Returns the CPU seconds that a process has used, user and kernel mode, all threads; Linux only. */
export function cpuOf(pid: number): number {
  const [user = 0, system = 0] = statOf(pid);
  return (user + system) / ticksPerSecond;
}

/**
 * Returns the CPU seconds of a PostgreSQL server: of its running processes, and of those that have ended,
 * which its parent accounts for.
 */
export function cpuOfPostgres(postmaster: number): number {
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = statOf(postmaster);
  const children = processes().filter((pid) => parentOf(pid) === postmaster);
  const living = children.reduce((sum, pid) => sum + cpuOf(pid), 0);
  return (user + system + endedUser + endedSystem) / ticksPerSecond + living;
}

/** Returns the resident memory in MiB. */
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

/** The fields utime, stime, cutime and cstime of proc(5). */
function statOf(pid: number): readonly number[] {
  return fieldsOf(pid)?.slice(11, 15) ?? [];
}

/** The fields are counted from the third on, because the process name before it may contain any character. */
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
