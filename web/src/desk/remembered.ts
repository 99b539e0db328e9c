/** The ticket that stood on a desk, for when its page is loaded anew. */
interface Last {
  readonly id: string;
  readonly number: string;
}

const key = (seat: string) => `sip112.desk/${seat}`;

export function read(seat: string): Last | null {
  try {
    return JSON.parse(localStorage.getItem(key(seat)) ?? 'null') as Last | null;
  } catch {
    return null;
  }
}

export function write(seat: string, last: Last | null): void {
  try {
    if (last) localStorage.setItem(key(seat), JSON.stringify(last));
    else localStorage.removeItem(key(seat));
  } catch {
    // a full storage forgets which one it was: the page shows the last calls
  }
}
