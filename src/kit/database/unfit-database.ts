/** The reason for which a database is unusable: a sentence with the remedy, to be printed after the setting's name. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase';
}
