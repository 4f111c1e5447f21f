import { isDataRefused } from '../kit/database/database.ts';

/**
 * Does the work for all items. If the database refuses their data, it does it for each half, down to the item that is
 * refused, so that one item does not keep out the others. The work must have no effect when it throws.
 */
export async function byHalves<Item>(
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<void>,
  onRefused: (item: Item) => void,
): Promise<void> {
  try {
    await work(items);
  } catch (error) {
    if (!isDataRefused(error)) throw error;
    const [first] = items;
    const middle = Math.floor(items.length / 2);
    if (middle === 0) {
      if (first === undefined) throw error;
      onRefused(first);
      return;
    }
    await byHalves(items.slice(0, middle), work, onRefused);
    await byHalves(items.slice(middle), work, onRefused);
  }
}
