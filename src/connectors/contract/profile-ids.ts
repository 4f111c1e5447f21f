/** The names of the ids of one account in the provider's profile, and the signs that tell the ids apart without one. */
export interface ProfileIds {
  readonly subject: string;
  /** The id that `sharedId` names. */
  readonly shared?: string;
  /** The members of the provider's answer that hold the profile, for products that keep the whole answer. */
  readonly within?: readonly string[];
  /**
   * `account` takes the subject from the token answer and compares it with the profile. So an exported id can be tried as the
   * subject.
   */
  readonly tried?: true;
  /** The form of ids that are none of the provider’s, such as those that a product makes up. */
  readonly madeUp?: RegExp;
  /** The form of an id, where it alone tells which of the two an id is. */
  readonly forms?: { readonly subject?: RegExp; readonly shared?: RegExp };
}
