// Cases that were fetched, each with its packets: those on and behind the desk, and a few before.
import * as api from '../api/client';
import type { CaseDetail, CaseSummary } from '../api/types';

const MOST = 8;

export class Details {
  #coming = new Map<string, Promise<CaseDetail>>();
  #ready = new Map<string, CaseDetail>();

  /** Of those, the ones that nobody has seen yet. */
  #ahead = new Set<string>();

  constructor(readonly read: (id: string, ahead: boolean) => Promise<CaseDetail> = api.caseDetail) {}

  /** The case, if it is here already. */
  ready(id: string): CaseDetail | null {
    return this.#ready.get(id) ?? null;
  }

  /** `ahead`: it does not come onto the desk yet. */
  fetch(id: string, ahead = false): Promise<CaseDetail> {
    const known = this.#coming.get(id);
    if (known) return known;
    if (ahead) this.#ahead.add(id);
    return this.#remember(id, this.read(id, ahead));
  }

  /** It is on the screen now; whether it was read ahead, and nobody had seen it. */
  seen(id: string): boolean {
    return this.#ahead.delete(id);
  }

  keep(detail: CaseDetail): void {
    void this.#remember(detail.id, Promise.resolve(detail));
  }

  forget(id: string): void {
    this.#coming.delete(id);
    this.#ahead.delete(id);
    this.#ready.delete(id);
  }

  clear(): void {
    for (const id of [...this.#coming.keys()]) this.forget(id);
  }

  /** There is news of a case: what is here counts only if it is as new. */
  outdate(summary: CaseSummary): void {
    const known = this.#ready.get(summary.id);
    if (!known || known.version < summary.version) this.forget(summary.id);
  }

  #remember(id: string, coming: Promise<CaseDetail>): Promise<CaseDetail> {
    this.#coming.set(id, coming);
    coming.then(
      (detail) => this.#coming.get(id) === coming && this.#ready.set(id, detail),
      () => this.#coming.get(id) === coming && this.forget(id),
    );
    const oldest = this.#coming.keys().next().value;
    if (this.#coming.size > MOST && oldest) this.forget(oldest);
    return coming;
  }
}
