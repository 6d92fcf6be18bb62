// Which cases lie on this reviewer's desk, so that no two people judge the same one: a few are taken at a time, the one that is looked at is
// held by a heartbeat while somebody is there, and what is skipped or left goes back.
import * as api from '../api/client';
import type { CaseSummary } from '../api/types';
import { Courier } from './courier.svelte';

const HELD_SECONDS = 600;
const RENEW_BELOW_MS = 240_000;
const MOST = 8;
const FEW = 3;
const MOST_NAMED = 100;
/** Between tries to give something back; it does not keep a person who signs out waiting for long. */
const PAUSES_MS = [300, 700, 1500];

export class Claims {
  #until = new Map<string, number>();
  #taking = new Set<string>();
  /** Given back, which the server has not answered yet; it may lie here still. */
  #leaving = new Set<string>();
  #coming: Promise<unknown> = Promise.resolve();
  #asking = false;
  /** The server had nothing left to hand out; until there is news. */
  #isExhausted = false;
  #isFirst = true;

  constructor(
    readonly now: () => number = Date.now,
    readonly courier = new Courier(PAUSES_MS),
  ) {}

  has(id: string): boolean {
    return (this.#until.get(id) ?? 0) > this.now();
  }

  /** Takes more of the most valuable cases where few are left, but none that was put aside; the cases that came, or null where nothing was asked. */
  async topUp(filter: api.CaseFilter, aside: ReadonlySet<string>): Promise<CaseSummary[] | null> {
    const mine = this.#live();
    if (this.#asking || this.#isExhausted || mine.length > FEW) return null;
    this.#asking = true;
    try {
      const coming = api.claimNext(filter, { count: MOST - mine.length, seconds: HELD_SECONDS, having: [...mine, ...aside].slice(-MOST_NAMED), again: this.#isFirst });
      this.#coming = Promise.allSettled([this.#coming, coming]);
      const items = await coming;
      this.#isFirst = false;
      this.#isExhausted = items.length === 0;
      for (const item of items) this.#keep(item.id);
      return items;
    } finally {
      this.#asking = false;
    }
  }

  /** Takes this one, or keeps it. Refused with 409 where somebody else has it. */
  async take(id: string): Promise<CaseSummary> {
    this.#taking.add(id);
    try {
      const coming = api.claimOne(id, HELD_SECONDS);
      this.#coming = Promise.allSettled([this.#coming, coming]);
      const summary = await coming;
      this.#keep(id);
      return summary;
    } finally {
      this.#taking.delete(id);
    }
  }

  /** Whether to ask for it: it is not this reviewer's, or runs out soon. */
  isDue(id: string): boolean {
    if (this.#taking.has(id)) return false;
    const until = this.#until.get(id) ?? 0;
    return until < this.now() + RENEW_BELOW_MS;
  }

  /** Somebody else has it, or it is decided. */
  drop(id: string): void {
    this.#until.delete(id);
  }

  /** There is something to hand out again. */
  news(): void {
    this.#isExhausted = false;
  }

  /** Gives it back, and has it come last; where that does not arrive it is given back with all others at the end. */
  async skip(id: string): Promise<void> {
    this.drop(id);
    this.#leaving.add(id);
    if (!this.courier.carries(id)) this.courier.send(id, () => api.skipCase(id), () => this.#leaving.delete(id), () => undefined);
    await this.courier.arrival(id);
  }

  /** Gives everything back, also what was asked for and has not come yet. */
  async clear(): Promise<void> {
    await Promise.all([this.#coming, this.courier.idle()]);
    const mine = this.#whatIsMine();
    if (mine?.length === 0) return;
    await new Promise<unknown>((resolve, reject) => this.courier.send('', () => api.clearDesk(mine), resolve, reject));
  }

  /** Gives back at once what this page has, as while it is closed; not what another window of the same person has, unless something is still coming here. */
  async leave(): Promise<void> {
    const mine = this.#whatIsMine();
    if (mine?.length !== 0) await api.clearDesk(mine);
  }

  /** Forgets what lies here and tells it; null where something is still coming, of which nobody knows what it is. */
  #whatIsMine(): string[] | null {
    const isComing = this.#asking || this.#taking.size > 0;
    const mine = [...new Set([...this.#live(), ...this.#leaving])];
    this.forget();
    return isComing ? null : mine;
  }

  /** Whether anything lies on this desk. */
  get isAny(): boolean {
    return this.#live().length > 0;
  }

  /** Starts anew, as for another filter or person. */
  forget(): void {
    this.#until.clear();
    this.#leaving.clear();
    this.#isExhausted = false;
    this.#isFirst = true;
  }

  #keep(id: string): void {
    this.#leaving.delete(id);
    this.#until.set(id, this.now() + HELD_SECONDS * 1000);
  }

  #live(): string[] {
    for (const [id, until] of this.#until) if (until <= this.now()) this.#until.delete(id);
    return [...this.#until.keys()];
  }
}
