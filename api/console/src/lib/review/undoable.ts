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

interface Kept extends Decided {
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

  /** Keeps a decision, or the newer version of one that is kept. */
  keep(by: string, decided: Decided): void {
    const all = this.#read(by);
    const known = all.find((one) => one.id === decided.id && one.version <= decided.version);
    this.#write([...all.filter((one) => one.id !== decided.id), { ...decided, by, at: known?.at ?? this.now() }].sort((a, b) => a.at - b.at));
  }

  /** This person's last decision that may be taken back. */
  last(by: string): Decided | null {
    return this.#read(by).at(-1) ?? null;
  }

  forget(by: string, id: string): void {
    this.#write(this.#read(by).filter((one) => one.id !== id));
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
