import { attack, type Subject } from '../case.ts';

const here = 'issuance/unknown-apps-attacks';

export const unknownApps: Subject = {
  title: 'Apps that register themselves',
  cases: [
    attack(
      'A metadata document at an internal address is not asked for, by name or number.',
      `${here}: a metadata document is refused`,
    ),
    attack(
      'A document that redirects, is slow, too big, of another type or not found admits no app, and is asked for once.',
      `${here}: a metadata document is refused`,
    ),
    attack(
      'A document with another client id, a shared secret, a private key or no usable redirect URI admits no app.',
      `${here}: a metadata document is refused`,
    ),
    attack(
      'A client id with http, capitals in the host, a fragment, a user name or dot segments is no address of a document.',
      `${here}: a client id is no address of a document`,
    ),
    attack(
      'A token request of a client that never began a sign-in reads no document, and an address brings ten new apps a minute.',
      `${here}: documents are read`,
    ),
    attack(
      'A blocked domain is blocked at every port, and a host has one spelling, without a dot at its end or brackets in it.',
      `${here}: a client id is no address of a document`,
    ),
    attack(
      'A document that its host no longer gives is asked for once a minute, and a name that is too long is cut between characters.',
      `${here}: a known document`,
    ),
    attack(
      'Keys that change end the tokens of the former ones, also where the process stops in between.',
      `${here}: keys of a document`,
    ),
    attack(
      'A token that another process issued before it knew that the app is off, removed or blocked is refused at each use.',
      `${here}: a token that another process issued before it knew of a refusal`,
    ),
  ],
};
