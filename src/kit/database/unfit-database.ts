/** Why we cannot work with a database, in a sentence that says what to do and wants the setting's name before it. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase';
}
