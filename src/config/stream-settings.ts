import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';

const ports = { 'tcp:': 601, 'tls:': 6514 } as const;
const form = 'must be file:///path, tcp://host:port or tls://host:port';

function parse(text: string, context: z.RefinementCtx) {
  const refuse = () => {
    context.addIssue({ code: 'custom', message: form });
    return z.NEVER;
  };
  if (!URL.canParse(text)) return refuse();
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(text);
  if (search || hash || username || password) return refuse();
  if (protocol === 'file:') {
    if (hostname || pathname.endsWith('/')) return refuse();
    return { to: 'file', path: decodeURIComponent(pathname) } as const;
  }
  if ((protocol !== 'tcp:' && protocol !== 'tls:') || !hostname || !/^\/?$/.test(pathname)) return refuse();
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { to: 'syslog', host, port: Number(port || ports[protocol]), secure: protocol === 'tls:' } as const;
}

/** The settings of the stream of the audit. */
export const streamSettings = {
  AUDIT_STREAM: z
    .string()
    .transform(parse)
    .optional()
    .describe(
      'where each audit event is sent: `file:///var/log/symbolon/audit.jsonl`, or syslog at `tcp://host:601` or `tls://host:6514`; unset: nowhere',
    ),
  AUDIT_STREAM_CA_FILE: z
    .string()
    .optional()
    .describe('certificates (PEM) of the authorities for `tls://`, in place of the system’s'),
  AUDIT_STREAM_CERT_FILE: z
    .string()
    .optional()
    .describe('certificate (PEM) with which the broker authenticates there; needs AUDIT_STREAM_KEY_FILE'),
  AUDIT_STREAM_KEY_FILE: z.string().optional().describe('its key (PEM); in production not for other users'),
};

type Read = z.infer<z.ZodObject<typeof streamSettings>>;

interface StreamRules {
  readonly refuse: (line: string) => never;
  /** Returns the content of a file. @throws where it cannot be read, or other users can read a secret one */
  readonly readFile: (setting: string, file: string, secret: boolean) => string;
}

/** Returns the target of the stream; undefined: none. @throws by `refuse` */
export function streamOf(read: Read, { refuse, readFile }: StreamRules) {
  const { AUDIT_STREAM: stream, AUDIT_STREAM_CA_FILE: ca, AUDIT_STREAM_CERT_FILE: cert } = read;
  const { AUDIT_STREAM_KEY_FILE: key } = read;
  if (stream?.to !== 'syslog' || !stream.secure) {
    if (ca !== undefined || cert !== undefined || key !== undefined)
      refuse(
        'AUDIT_STREAM_CA_FILE, AUDIT_STREAM_CERT_FILE, AUDIT_STREAM_KEY_FILE: only for AUDIT_STREAM=tls://…',
      );
    if (stream?.to !== 'syslog') return stream;
    return { to: stream.to, host: stream.host, port: stream.port, tls: undefined };
  }
  if ((cert === undefined) !== (key === undefined))
    refuse('AUDIT_STREAM_CERT_FILE, AUDIT_STREAM_KEY_FILE: set both, or none of them');
  const fileOf = (setting: keyof Read, file: string | undefined, secret = false) =>
    file === undefined ? undefined : readFile(setting, file, secret);
  const tls = {
    ca: fileOf('AUDIT_STREAM_CA_FILE', ca),
    cert: fileOf('AUDIT_STREAM_CERT_FILE', cert),
    key: fileOf('AUDIT_STREAM_KEY_FILE', key, true),
  };
  if (tls.ca !== undefined && !isCertificate(tls.ca))
    refuse('AUDIT_STREAM_CA_FILE: must have certificates in PEM');
  if (tls.cert !== undefined && !isPair(tls.cert, tls.key))
    refuse('AUDIT_STREAM_CERT_FILE, AUDIT_STREAM_KEY_FILE: must be a certificate and its key, both in PEM');
  return { to: stream.to, host: stream.host, port: stream.port, tls };
}

/** Returns the warning that the stream is not encrypted. */
export function streamWarning({ AUDIT_STREAM: stream }: Read): string | undefined {
  if (stream?.to !== 'syslog' || stream.secure || /^(localhost|127\.|::1$)/.test(stream.host))
    return undefined;
  return 'AUDIT_STREAM: tcp:// sends events unencrypted over the network; use tls:// if the receiver can';
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function isPair(cert: string, key: string | undefined): boolean {
  try {
    createSecureContext({ cert, ...(key !== undefined && { key }) });
    return true;
  } catch {
    return false;
  }
}
