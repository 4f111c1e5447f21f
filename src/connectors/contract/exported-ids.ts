import type { JsonObject } from '../../kit/exact-json.ts';
import type { Registration } from './registration.ts';

/**
 * The relation between the subjects of a connector and the ids that other products keep for the same accounts, where the two
 * differ. Without this trait the exported id is the subject.
 */
export interface ExportedIdTraits {
  /** Returns whether an id has the form of the subjects that a sign-in at this connection produces. */
  readonly isSubject: (id: string, registration: ExportRegistration) => boolean;
  /** Returns the ids in a profile, or in the claims of an ID token, that products keep beside `sub`. */
  readonly idsIn?: (profile: JsonObject) => readonly unknown[];
  /** Returns the subject of an account that is exported under another id. Undefined: nothing here leads to it. */
  readonly subjectOf?: (account: ExportedId) => string | undefined;
}

export type ExportRegistration = Pick<Registration, 'clientId' | 'options'>;

export interface ExportedId {
  /** An id that `isSubject` refuses. */
  readonly id: string;
  /** The provider's profile in the export; empty if there is none. */
  readonly profile: JsonObject;
  readonly registration: ExportRegistration;
}
