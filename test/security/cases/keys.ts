import { attack, type Subject } from '../case.ts';

const kept = 'kit/keys/kept-keys';

export const keys: Subject = {
  title: 'Keys',
  cases: [
    attack(
      'A writer of the database cannot plant an intermediate key that it knows: the key management service does not unwrap it.',
      `${kept}: cannot have values sealed with a key that it knows`,
      'npm run prove:kms',
    ),
    attack(
      'A row cannot name a key of another account of the service: the settings name the keys that unwrap.',
      `${kept}: cannot name a key of another account of the service`,
    ),
    attack(
      'A wrapped key that is stored under another id does not unwrap.',
      `${kept}: cannot give one key the id of another`,
    ),
    attack(
      'An invented key id in many rows causes one look into the table in five seconds, and no call to the service.',
      `${kept}: is asked for once, however many readers want it`,
    ),
    attack(
      'A service that returns other bytes than it wrapped is not used.',
      `${kept}: a service that returns other bytes than it wrapped is not used`,
    ),
    attack(
      'A key that has sealed 2^32 values seals nothing more (NIST SP 800-38D).',
      'kit/keys/wrap-counts: a key that has come near the limit seals nothing more',
      'vault/key-provider-change: a key of the settings that has sealed 2^32 values stops the start',
    ),
    attack(
      'An outage of the service stops no running process.',
      `${kept}: stays in use while the service is away, although it is due`,
    ),
    attack(
      'A key that is configured cannot be given up by mistake.',
      'vault/keys-abandon: a key that is configured is not given up',
    ),
  ],
};
