import { attack, type Subject } from '../case.ts';

const callback = 'login/callback-attacks';
const mixUp = 'login/mix-up-attacks';
const provider = 'login/provider-attacks';
const idToken = 'connectors/id-token';
const sdk = 'journeys/sdk-sign-in: no person is signed in';

export const providersCallback: Subject = {
  title: 'Callback of the provider',
  cases: [
    attack(
      'A callback without a state, with a foreign state, or in a browser without the matching cookie gets an error page. No token request is made.',
      `${callback}: a callback without a matching attempt`,
    ),
    attack(
      'A flood of such callbacks writes at most sixty audit events a minute, and then their number.',
      `${callback}: a flood of callbacks without a matching attempt`,
    ),
    attack(
      'A callback that is sent again, also ten times at once, leads to exactly one token request.',
      `${callback}: a callback that is sent again`,
    ),
    attack(
      'A callback eleven minutes after the start is refused with a link to try again, and its row is deleted.',
      `${callback}: a callback that comes late`,
    ),
    attack(
      'A callback with both `code` and `error`, with repeated or with oversized parameters is refused, and the right one still works.',
      `${callback}: callback parameters`,
    ),
    attack(
      'A callback by another method or with a longer path spends no attempt.',
      `${callback}: the method of a callback`,
    ),
    attack(
      'An answer that names another issuer (RFC 9207), or none where the provider promises one, is refused before the token request.',
      `${mixUp}: the issuer of a callback`,
      'login/callback-issuer: an answer without an issuer',
    ),
    attack(
      'A provider that begins to name its issuer locks no person out, and is held to its published name.',
      'login/callback-issuer: a provider that begins to send its issuer',
    ),
    attack(
      'An answer of one connection is refused at the callback of another (mix-up), and is still valid at its own.',
      `${mixUp}: a callback meant for another connection`,
    ),
    attack(
      'A stolen code that is brought into the attacker’s own sign-in fails by PKCE or nonce, where the provider knows either.',
      `${mixUp}: with a code of B at the state of A`,
      'connectors/conformance/exchange: another person’s code fails, if the provider binds codes',
    ),
    attack(
      'A connection that is disabled, removed or set to linking only while the person is at the provider signs no person in.',
      `${mixUp}: a connection changed while a person is at the provider`,
    ),
    attack(
      'Two sign-ins in two tabs of one browser both succeed, each with its own account.',
      `${mixUp}: two tabs of one browser`,
    ),
    attack(
      'The cookie of an attempt opens no session, and the cookie of a session completes no attempt.',
      `${mixUp}: a cookie under another cookie’s name`,
    ),
    attack(
      'A sign-in that starts with a forged `Host` or forwarding header sends our configured address to the provider.',
      `${mixUp}: a foreign host`,
    ),
    attack(
      'An error of the provider reaches the app in our own words; hostile text in it is never shown or passed on.',
      `${provider}: a provider that refuses the sign-in`,
    ),
    attack(
      'A provider that answers 200 with an error, HTML, or no token fails the sign-in cleanly, without a session.',
      `${provider}: a provider that answers 200 with an error`,
      'connectors/conformance/failures: a failure by',
    ),
    attack(
      'An ID token with a wrong audience, issuer, time, nonce, subject, hash, algorithm or header signs no person in.',
      `${provider}: an invalid ID token`,
      `${idToken}: an ID token`,
    ),
    attack(
      'A userinfo answer about another person than the ID token signs no person in.',
      `${provider}: about another person than userinfo`,
      `${idToken}: userinfo about %j does not sign 1234 in`,
    ),
    attack(
      'A provider’s SDK token that was issued to another app, or under an unconfigured audience, signs no person in.',
      sdk,
      'connectors/apple: Apple',
    ),
    attack(
      'An SDK’s ID token is accepted once, and none that one tenant has signed in the name of another.',
      'journeys/sdk-replay: no person is signed in',
    ),
    attack(
      'A mini-program’s openid and token are never taken from the client: the broker exchanges the code itself.',
      sdk,
    ),
    attack(
      'A mini-program’s code works once and for five minutes, and its session key is never handed out.',
      'connectors/wechat-mini-program: A WeChat mini-program',
      'journeys/sdk-sign-in: by a code a second time',
    ),
    attack(
      'Encrypted data of a mini-program with a foreign or old watermark is refused.',
      '(elsewhere: the broker takes no encrypted data)',
    ),
    attack(
      'A name in the form of Apple’s first sign-in is untrusted text, and its e-mail address counts only from the ID token.',
      'connectors/apple: Apple names the person only by a valid form: %s gives %j',
    ),
    attack(
      'Apple’s client secret is made for one call, with Apple’s issuer as its only audience.',
      'connectors/apple: Apple receives a client secret that is signed for the call and short-lived',
    ),
    attack(
      'A request signed by Facebook with a bad signature, algorithm or age is refused and changes nothing.',
      'signals/signals: Facebook is not believed if a message is signed with %s',
      'signals/signals: %s: a forged message changes nothing and is refused',
    ),
    attack(
      'A flood of forged signals writes one audit event a minute, which counts them.',
      'signals/apple: a flood of unverifiable messages',
    ),
    attack(
      'No secret of a whole sign-in is in the log, the pages or the audit.',
      `${provider}: all of these attacks`,
    ),
  ],
  notes: `WeChat knows neither PKCE nor nonce. There, a code that was stolen from a victim and brought into the attacker's own
attempt cannot be told from the attacker's. Codes are single-use, short-lived and travel over TLS to an exact host.`,
};
