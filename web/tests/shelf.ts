/** A shelf for what is kept in the browser, which can be full. */
import type { Shelf } from '../src/lib/ticket/draft';

export class Memory implements Shelf {
  readonly items = new Map<string, string>();
  full = false;
  get length() {
    return this.items.size;
  }
  key = (n: number) => [...this.items.keys()][n] ?? null;
  getItem = (key: string) => this.items.get(key) ?? null;
  removeItem = (key: string) => void this.items.delete(key);
  setItem(key: string, value: string) {
    if (this.full) throw new DOMException('full', 'QuotaExceededError');
    this.items.set(key, value);
  }
}
