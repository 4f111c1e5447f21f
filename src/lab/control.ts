import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { logoutBody, signOutBehind } from './back-channel-logout.ts';
import { commonFaults, faultTargets } from './core/faults.ts';
import { rotationModes } from './core/rotation-mode.ts';
import { wireFaults } from './core/wire-faults.ts';
import { describeRoom } from './describe-room.ts';
import { refreshHistory } from './refresh-history.ts';
import type { RunningRoom } from './room.ts';
import { sdkBody, sdkProof } from './sdk.ts';

const expireBody = z.strictObject({ user: z.string() });
const modeBody = z.strictObject({ rotation: z.enum(rotationModes) });
/** The input for messages that a provider signs beside ID tokens. */
const signBody = z.strictObject({
  claims: z.record(z.string(), z.unknown()),
  typ: z.string().optional(),
});
const keysBody = z.strictObject({ drop: z.boolean().default(false) });

function faultBody(room: RunningRoom) {
  const names = [...commonFaults, ...wireFaults, ...Object.keys(room.room.profile.faults ?? {})];
  return z.strictObject({
    on: z.enum(faultTargets),
    fault: z.enum(names),
    times: z.int().min(1).max(1_000_000).default(1),
    delay_ms: z.int().min(0).max(600_000).default(0),
    after: z.boolean().default(false),
  });
}

/** Returns the routes of the control API: `/control/{profile}/…`. */
export function createControl(rooms: ReadonlyMap<string, RunningRoom>): Router {
  const router = express.Router();
  const on = (method: 'get' | 'post' | 'delete', path: string, act: Act) =>
    router[method](path, async (request, response) => {
      const room = rooms.get(String(request.params.profile));
      if (room === undefined) return fail(response, 404, 'unknown profile');
      await act(room, request, response);
    });

  on('get', '/:profile', (room, _request, response) => void response.json(describeRoom(room)));
  on('get', '/:profile/log', (room, _request, response) => void response.json(room.log.entries()));
  on('get', '/:profile/refresh-tokens', ({ room }, _request, response) => {
    response.json(refreshHistory(room));
  });
  on('post', '/:profile/faults', (room, request, response) => {
    const fault = read(faultBody(room), request, response);
    if (fault === undefined) return;
    room.faults.arm(fault);
    response.status(201).json({ faults: room.faults.armed() });
  });
  on('delete', '/:profile/faults', (room, _request, response) => {
    room.faults.clear();
    response.sendStatus(204);
  });
  on('post', '/:profile/users/:user/revoke', ({ room }, request, response) => {
    const user = String(request.params.user);
    if (!isPerson(room, user)) return fail(response, 404, 'unknown user');
    const grants = room.ledger.liveGrants().filter((grant) => grant.user === user);
    for (const grant of grants) room.ledger.endGrant(grant, 'removed_by_user');
    response.json({ revoked: grants.length });
  });
  on('post', '/:profile/expire', ({ room }, request, response) => {
    const body = read(expireBody, request, response);
    if (body === undefined) return;
    if (!isPerson(room, body.user)) return fail(response, 404, 'unknown user');
    response.json({ expired: room.ledger.expireAccess(body.user) });
  });
  on('post', '/:profile/sign', async ({ room }, request, response) => {
    const body = read(signBody, request, response);
    if (body !== undefined) response.status(201).json({ token: await room.keys.sign(body.claims, body.typ) });
  });
  on('post', '/:profile/sdk', async ({ room }, request, response) => {
    const body = read(sdkBody, request, response);
    if (body === undefined) return;
    if (!isPerson(room, body.user)) return fail(response, 404, 'unknown user');
    response.status(201).json(await sdkProof(room, body));
  });
  on('post', '/:profile/logout', async ({ room }, request, response) => {
    const body = read(logoutBody, request, response);
    if (body === undefined) return;
    const told = await signOutBehind(room, body);
    if (told === undefined) return fail(response, 404, 'no session of this user');
    response.status(201).json(told);
  });
  on('post', '/:profile/mode', (room, request, response) => {
    const body = read(modeBody, request, response);
    if (body === undefined) return;
    room.setMode(body.rotation);
    response.json(body);
  });
  on('post', '/:profile/keys', async ({ room }, request, response) => {
    const body = read(keysBody, request, response);
    if (body === undefined) return;
    await room.keys.rotate(body.drop);
    response.json(await room.keys.published());
  });
  on('post', '/:profile/reset', ({ room, log, faults, setMode }, _request, response) => {
    room.ledger.clear();
    log.clear();
    faults.clear();
    setMode(room.profile.rotation);
    response.sendStatus(204);
  });
  router.use((_request, response) => fail(response, 404, 'unknown control'));
  return router;
}

type Act = (room: RunningRoom, request: Request, response: Response) => void | Promise<void>;

function read<T>(schema: z.ZodType<T>, request: Request, response: Response): T | undefined {
  const result = schema.safeParse(parse(request.body));
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  response.status(400).json({ error: 'invalid_request', issues });
  return undefined;
}

/** Reads JSON with any content type, so that a plain `curl -d` works. */
function parse(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isPerson(room: RunningRoom['room'], user: string): boolean {
  return room.find(user) !== undefined;
}

function fail(response: Response, status: number, error: string): void {
  response.status(status).json({ error });
}
