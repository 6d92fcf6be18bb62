// Decisions and taking them back. The next case is on the screen at once; its decision travels behind it, and whatever goes wrong brings the case
// back and says so. Claims keep colleagues off a case, and its version guards every decision: nothing is decided twice, even where a claim ran out.
import * as api from '../api/client';
import type { CaseDetail, CaseSummary } from '../api/types';
import { say, t } from '../i18n/language.svelte';
import { notices, wordsFor } from '../notices.svelte';
import { session } from '../session.svelte';
import { catalogue } from './catalogue.svelte';
import { isPassing } from './courier.svelte';
import type { Desk } from './desk.svelte';
import { drawn } from './drawing';
import { matches, merged } from './queue';
import { Undoable, type Decided, type Kept } from './undoable';

export type Verdict = 'confirm' | 'reject' | 'change_kind';

const numbered = (number: string | number): string => t('number', { number });

export class Judgements {
  constructor(
    readonly desk: Desk,
    readonly undoable = new Undoable(sessionStorage),
  ) {}

  /**
   * Decides the case on the desk and shows the next one without waiting for the answer.
   * `at`: when the key was pressed (`event.timeStamp`); whether it was heeded: a case that nobody can have seen by then is not decided.
   */
  decide(action: Verdict, more: { reason?: string; kind?: string }, at: number): boolean {
    if (!this.desk.guard.allows(at)) return false;
    this.#decide(action, more);
    return true;
  }

  #decide(action: Verdict, more: { reason?: string; kind?: string }): void {
    const detail = this.desk.detail;
    const by = this.#me;
    if (session.leaving || !detail || detail.id !== this.desk.selectedId || !session.mayJudge(detail.state) || this.desk.courier.carries(detail.id)) return;
    if (this.desk.current && this.desk.isOthers(this.desk.current)) return notices.show(this.desk.othersWords(this.desk.current), 'warning');
    const stays = action === 'change_kind' && detail.state === 'open';
    if (!stays) {
      const next = this.desk.next(detail.id);
      this.desk.items = this.desk.items.filter((item) => item.id !== detail.id);
      session.decided += 1;
      this.desk.select(next);
    }
    notices.show(this.#wordsOf(detail, action, more), action === 'reject' ? 'plain' : 'good', true);
    this.desk.details.forget(detail.id);
    const made: Decided = { id: detail.id, number: detail.number, action, version: detail.version + 1 };
    const before = this.undoable.keep(by, made);
    this.desk.courier.send(
      detail.id,
      () => drawn().then(() => api.decide(detail.id, { action, version: detail.version, ...more }, by)),
      (summary) => {
        if (by !== this.#me) return; // somebody else has the desk by now
        this.undoable.arrived(by, detail.id, summary.version);
        this.desk.settled.set(summary.id, summary.version);
        this.desk.claims.drop(detail.id); // the server gives back whatever is decided
        this.desk.items = merged(this.desk.items, summary, this.desk.filter);
        if (stays) this.desk.again();
        if (stays) void this.desk.hold(detail.id);
        void this.desk.topUp();
      },
      (error) => this.#bringBack(detail, error, stays, by, before),
    );
  }

  /**
   * Takes the last decision back, once it has arrived, and puts its case back on the desk. It is forgotten once the server has answered: what did not
   * arrive is tried again by the next press, which takes back no other case.
   */
  async undo(): Promise<void> {
    const by = this.#me;
    const sent = this.undoable.last(by);
    if (session.leaving) return;
    if (!sent) return notices.show(t('nothing_to_undo'));
    await this.desk.courier.arrival(sent.id);
    const last = this.undoable.last(by);
    if (last?.id !== sent.id || last.at !== sent.at) return; // it did not arrive, and the case is back already; or it is taken back already
    if (by !== this.#me || session.leaving) return;
    if (!this.desk.courier.carries(last.id)) {
      this.desk.courier.send(
        last.id,
        () => api.decide(last.id, { action: 'undo', version: last.version }, by),
        (summary) => this.#takenBack(last, summary, by),
        (error) => this.#notTakenBack(last, error, by),
      );
    }
    await this.desk.courier.arrival(last.id);
  }

  #takenBack(last: Decided, summary: CaseSummary, by: string): void {
    if (by !== this.#me) return;
    this.undoable.forget(by, last.id);
    if (last.action !== 'change_kind') session.decided = Math.max(0, session.decided - 1);
    this.desk.claims.drop(last.id); // the server gives back whatever is decided
    this.desk.putBack(summary);
    notices.show(t('done_undo', { number: numbered(last.number) }));
  }

  #notTakenBack(last: Decided, error: unknown, by: string): void {
    const isRefused = error instanceof api.ApiError && error.status !== 401 && !isPassing(error);
    if (by !== this.#me) return;
    if (isRefused) this.undoable.forget(by, last.id);
    notices.show(isRefused ? wordsFor(error) : t('undo_lost', { number: numbered(last.number) }), 'warning');
  }

  /** Brings a case that was decided, by whomever, back to the queue. */
  async reopen(): Promise<void> {
    const detail = this.desk.detail;
    if (!detail || session.leaving) return;
    try {
      const summary = await api.decide(detail.id, { action: 'reopen', version: detail.version }, this.#me);
      this.desk.items = merged(this.desk.items, summary, this.desk.filter);
      notices.show(t('done_undo', { number: numbered(detail.number) }));
    } catch (error) {
      notices.show(wordsFor(error), 'warning');
    }
    this.desk.again();
  }

  #bringBack(detail: CaseDetail, error: unknown, stays: boolean, by: string, before: Kept | null): void {
    if (by !== this.#me) return; // somebody else has the desk by now
    this.undoable.forget(by, detail.id, before);
    if (!stays) session.decided = Math.max(0, session.decided - 1);
    if (error instanceof api.ApiError && (error.status === 409 || error.status === 403)) {
      const news = error.body.current as CaseSummary | undefined;
      this.desk.claims.drop(detail.id);
      if (news) this.desk.items = merged(this.desk.items, news, this.desk.filter);
      else void this.desk.read();
      notices.show(this.#conflictWords(detail, error), 'warning');
      if (stays) this.desk.again();
      return;
    }
    if (matches(detail, this.desk.filter)) this.desk.items = merged(this.desk.items, detail, this.desk.filter);
    this.desk.details.keep(detail); // the server may be away: what was on the desk can be shown without it
    if (!this.desk.selectedId) this.desk.select(detail.id);
    notices.show(t('back_in_queue', { number: numbered(detail.number), detail: wordsFor(error) }), 'warning');
  }

  get #me(): string {
    return session.person?.name ?? '';
  }

  #conflictWords(detail: CaseDetail, error: api.ApiError): string {
    const decision = error.body.decision as { by?: string; action?: 'confirm' | 'reject' | 'change_kind' | 'reopen' | 'undo' } | undefined;
    if (!decision) return wordsFor(error);
    return t('conflict', { number: numbered(detail.number), by: decision.by ?? t('conflict_somebody'), what: t(`action_${decision.action ?? 'confirm'}`) });
  }

  #wordsOf(current: CaseDetail, action: Verdict, more: { reason?: string; kind?: string }): string {
    const reason = catalogue.current?.reasons.find((one) => one.id === more.reason);
    const kind = catalogue.current?.kinds.find((one) => one.id === more.kind);
    return t(`done_${action}`, { number: numbered(current.number), reason: say(reason), kind: say(kind?.name) });
  }
}
