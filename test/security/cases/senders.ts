import { attack, type Subject } from '../case.ts';

const here = 'senders/doors-attacks';
const demanded = 'senders/bound-attacks';
const issued = 'senders/bound-issuance';

export const senders: Subject = {
  title: 'Tokens bound to a key (DPoP, client certificates)',
  cases: [
    attack(
      'At each door, a proof with any fault of RFC 9449 section 4.3 is refused: its type, algorithm, key, signature, method, address, time, nonce or token.',
      `${here}: refuses each fault of the table`,
      `${here}: ignores the query and the fragment of htu`,
    ),
    attack(
      'A stolen bound token is worth nothing without its key, also as a bearer token; a token without a key is refused with a proof.',
      `${here}: refuses each fault of the table`,
      `${here}: a token that is bound to no key`,
    ),
    attack(
      'A captured request is not answered again: a proof counts once, at all processes, of concurrent requests too.',
      `${here}: opens for a right proof once`,
      `${here}: of three processes`,
      `${here}: a database that only reads opens no door`,
      `${here}: a crash of PostgreSQL keeps the used proofs`,
      'journeys/hanging-database: with the used proofs locked',
      'journeys/rewound: a proof that was used before',
      `${issued}: the token endpoint accepts a proof once`,
    ),
    attack(
      'Of proofs that come at one moment, each counts once, whichever process gets it; while the database is away, none counts.',
      `${here}: count each proof once, in batches with others`,
      `${here}: refuse a proof of earlier, and accept the new ones`,
      `${here}: accept none while the database is away`,
    ),
    attack(
      'A code or refresh token that another key presents gets no tokens.',
      `${issued}: a code that was asked for with dpop_jkt`,
      `${issued}: signs in with a provider’s SDK, and refreshes with the same key only`,
    ),
    attack(
      'A bound token is exchanged only with the proof of its key, at each exchange.',
      `${issued}: needs the proof of its key at the exchange`,
    ),
    attack(
      'A token that is bound to a client certificate is refused without it, with another one, with two of them, or in a header that no proxy has sent.',
      `${demanded}: opens doors for this certificate only`,
      `${demanded}: is not issued without a certificate`,
      'http/client-certificate: only the proxies of the setting pass a certificate',
    ),
    attack(
      'An app or an API that demands a binding gets no bearer token, and those of before are refused at once.',
      `${demanded}: gets no bearer token, and its earlier ones are refused`,
      `${demanded}: may choose between a proof and a certificate`,
      `${demanded}: may demand it in the background only`,
      `${demanded}: an API demands it of the tokens`,
      `${demanded}: counts for each way to a token`,
      `${demanded}: counts for each exchange of an access token`,
      `${demanded}: counts at the doors for a token that an API got before`,
    ),
  ],
};
