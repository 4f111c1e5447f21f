import { attack, type Subject } from '../case.ts';

export const actors: Subject = {
  title: 'The audit, against callers',
  cases: [
    attack(
      'A change by an admin, an app, a person or a command leaves an event with the actor and the client’s address.',
      'admin/one-event-each: exactly one event, by the admin, is left by',
      'admin/event-actors: the app that takes a token or refreshes it',
      'admin/event-actors: the person on the account pages',
    ),
    attack(
      'An app that may use a connection in the background is named as such by the event of its creation.',
      'admin/event-changes: that uses a connection in the background says so when it is made',
    ),
    attack(
      'An event of a change has old and new values, and of secrets the names only.',
      'admin/event-changes: that changes has the old and the new value of each field',
      'admin/event-changes: does not show its secret',
      'admin/event-changes: the path of a webhook’s URL stays out',
    ),
    attack(
      'A client cannot choose the address that events record for it, by X-Forwarded-For.',
      'http/client-address: has the address that the proxy appended, and none that the client wrote',
      'http/client-address: an entry that is no address is not stored',
      'http/client-address: X-Forwarded-For is not believed',
    ),
    attack(
      'Guesses at an admin token or a client secret leave an event a minute with their number, and lock nothing.',
      'admin/refused-callers: fifty wrong admin tokens leave one event',
      'admin/refused-callers: sixty wrong client secrets leave one event',
      'admin/refused-callers: an unknown client id leaves an event without the id',
    ),
    attack(
      'Callers without an account cannot fill the database with events, from however many addresses.',
      'admin/refused-callers: callers from any number of addresses cannot fill the database',
      'admin/event-actors: events of anonymous visitors who start a sign-in are rationed',
    ),
  ],
};
