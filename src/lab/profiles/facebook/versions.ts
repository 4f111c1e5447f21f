import { Refusal } from '../../core/refusal.ts';
import type { Call } from '../../core/wire.ts';
import type { RouteSpec } from '../../profile.ts';

const oldest = 19;
const newest = 25;

/** Mounts a Graph endpoint under every current version, and without one. */
export function versioned({ path, handle, ...spec }: RouteSpec & { path: string }): RouteSpec {
  return {
    ...spec,
    path: [`/v:major.0${path}`, path],
    handle: (call) => {
      checkVersion(call);
      return handle(call);
    },
  };
}

function checkVersion(call: Call): void {
  const major = call.params.major;
  if (major === undefined) return;
  const known = /^\d+$/.test(major) && Number(major) >= oldest && Number(major) <= newest;
  if (!known) throw new Refusal('request', `Unknown path components: ${call.path.split('?')[0]}`);
}
