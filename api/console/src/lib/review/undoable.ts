// Decisions that their author may still take back: kept in this window, so that a reload forgets none, for as long as the server allows it, and no
// longer than somebody is signed in.
import type { Verdict } from './judgements';

export interface Decided {
  id: string;
  number: string | number;
  action: Verdict;
  /** Of the case after the decision. */
  version: number;
}

export interface Kept extends Decided {
  by: string;
  at: number;
}

const WITHIN_MS = 600_000;
const MOST = 50;
const KEY = 'curbwatch.decided';

export class Undoable {
  constructor(
    readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
    readonly now: () => number = Date.now,
  ) {}

  /** Keeps a decision that is made now; tells the one of the same case whose place it takes. */
  keep(by: string, decided: Decided): Kept | null {
    const all = this.#read(by);
    this.#write([...all.filter((one) => one.id !== decided.id), { ...decided, by, at: this.now() }]);
    return all.find((one) => one.id === decided.id) ?? null;
  }

  /** The server has the decision, and tells the case's version after it. */
  arrived(by: string, id: string, version: number): void {
    this.#write(this.#read(by).map((one) => (one.id === id ? { ...one, version } : one)));
  }

  /** This person's last decision that may be taken back. */
  last(by: string): Kept | null {
    return this.#read(by).at(-1) ?? null;
  }

  /** It is taken back, or was not made: then the one `before`, of the same case, stands again. */
  forget(by: string, id: string, before: Kept | null = null): void {
    const others = this.#read(by).filter((one) => one.id !== id);
    this.#write(before ? [...others, before].sort((a, b) => a.at - b.at) : others);
  }

  /** Forgets what others than this person have decided; all, where nobody is signed in. */
  leaveTo(by: string | null): void {
    const own = by === null ? [] : this.#read(by);
    if (own.length) return this.#write(own);
    try {
      this.storage.removeItem(KEY);
    } catch {
      // A browser that keeps nothing has nothing to forget.
    }
  }

  #read(by: string): Kept[] {
    try {
      const all = JSON.parse(this.storage.getItem(KEY) ?? '[]') as Kept[];
      return all.filter((one) => one.by === by && one.at > this.now() - WITHIN_MS);
    } catch {
      return [];
    }
  }

  #write(all: Kept[]): void {
    try {
      this.storage.setItem(KEY, JSON.stringify(all.slice(-MOST)));
    } catch {
      // A browser that keeps nothing: what was decided can be reopened from the lists.
    }
  }
}
