import type { Request } from 'express';
import { readCookie } from '../http/cookies.ts';
import { type Html, html } from '../kit/html.ts';

/** The cookie with the time zone of the browser. The script sets it, and the server only reads it. */
const zoneCookie = 'symbolon-zone';

export interface Zone {
  /** An IANA name, e.g. `Asia/Shanghai`. */
  readonly name: string;
  /** The address or the cookie names it. Else it is UTC. */
  readonly chosen: boolean;
}

/** Returns the time zone in which a page shows its times: that of its address, else of the browser, else UTC. */
export function zoneOf(request: Request): Zone {
  const { zone } = request.query;
  for (const wished of [zone, decoded(readCookie(request, zoneCookie))]) {
    const name = typeof wished === 'string' ? knownZone(wished) : undefined;
    if (name !== undefined) return { name, chosen: true };
  }
  return { name: 'UTC', chosen: false };
}

function decoded(text = ''): string {
  return text.replaceAll('%2F', '/');
}

function knownZone(name: string): string | undefined {
  try {
    // A bare offset is no zone, and may be of a day that no place has.
    return name.length > 64 || !/^[a-z]/i.test(name)
      ? undefined
      : new Intl.DateTimeFormat('en', { timeZone: name }) && name;
  } catch {
    return undefined;
  }
}

/** Returns date, time and offset in a zone: `2026-11-30 22:04 +08:00`, or `2026-11-30 14:04 UTC`. */
export function timeText(at: Date, zone: Zone, { seconds = false } = {}): string {
  const written = wallClock(at, zone.name);
  return `${written.slice(0, seconds ? 19 : 16)} ${offsetOf(at, zone.name) || 'UTC'}`;
}

/** Returns the time as a page shows it; a dash where there is none. */
export function timeTag(iso: string | null | undefined, zone: Zone, { seconds = false } = {}): Html {
  if (!iso) return html`<span class="quiet">–</span>`;
  const text = timeText(new Date(iso), zone, { seconds });
  return html`<time datetime="${iso}" title="${iso}">${text}</time>`;
}

/** Returns the moment of a clock in the zone, with the offset that the zone had then: for a filter that a form sent. */
export function withOffset(local: string, zone: Zone): string {
  const guess = new Date(`${local}Z`);
  if (Number.isNaN(guess.getTime())) return local;
  // The offset at the guessed moment is right but within hours of a change of the clocks; a second look corrects that.
  const first = offsetOf(guess, zone.name);
  return local + (offsetOf(new Date(`${local}${first || 'Z'}`), zone.name) || 'Z');
}

/** Returns `YYYY-MM-DD HH:MM:SS`. */
export function wallClock(at: Date, timeZone: string): string {
  return at.toLocaleString('sv-SE', { timeZone });
}

/** Returns the offset of a zone at a moment, e.g. `+08:00`; empty for UTC. */
export function offsetOf(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  // Before railways, a zone had seconds too, which ISO 8601 does not know.
  const offset = name.replace('GMT', '').slice(0, 6);
  return offset === '+00:00' ? '' : offset;
}

/** Returns the offset of a zone in minutes. */
export function minutesEast(at: Date, timeZone: string): number {
  const [, sign = '+', hours = '0', minutes = '0'] =
    /^([+-])(\d\d):(\d\d)$/.exec(offsetOf(at, timeZone)) ?? [];
  return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
}
