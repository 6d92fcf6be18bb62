// The review desk: the queue, the case on the desk, decisions and their undoing. The next case is on the screen at once; its decision travels
// behind it, and whatever goes wrong brings the case back and says so. A case's version guards every decision, so nothing is decided twice.
import * as api from '../api/client';
import { listen } from '../api/live';
import type { CaseDetail, CaseSummary, Catalogue, DecisionRequest } from '../api/types';
import { say, t } from '../i18n/language.svelte';
import { notices, wordsFor } from '../notices.svelte';
import { router } from '../router.svelte';
import { session } from '../session.svelte';
import { following, inOrder, matches, merged } from './queue';

const KEPT_DETAILS = 8;

type Verdict = 'confirm' | 'reject' | 'change_kind';
type Decided = Pick<CaseDetail, 'id' | 'number' | 'kind'> & { action: Verdict };

const numbered = (number: string | number): string => t('number', { number });

class Desk {
  filter = $state<api.CaseFilter>({ state: 'open', kind: '', camera: '' });
  items = $state.raw<CaseSummary[]>([]);
  skipped = $state.raw<ReadonlySet<string>>(new Set());
  cursor = $state<string | null>(null);
  loading = $state(true);
  trouble = $state('');
  selectedId = $state<string | null>(null);
  detail = $state.raw<CaseDetail | null>(null);
  /** Why the selected case cannot be shown. */
  unshown = $state('');
  catalogue = $state.raw<Catalogue | null>(null);
  /** The case after the one on the desk, which the page reads ahead. */
  upcoming = $state.raw<CaseDetail | null>(null);
  /** How often the line to the server came back: what could not be loaded is tried again. */
  resumed = $state(0);
  #details = new Map<string, Promise<CaseDetail>>();
  #ready = new Map<string, CaseDetail>();
  #decided: Decided[] = [];
  #lost = new Set<string>();
  #travelling = new Map<string, Promise<void>>();

  /** What the case on the desk might be instead: the kinds it is often confused with first. */
  otherKinds = $derived.by(() => {
    const current = this.catalogue?.kinds.find((kind) => kind.id === this.detail?.kind);
    const others = this.catalogue?.kinds.filter((kind) => kind.id !== this.detail?.kind && kind.enabled !== false) ?? [];
    return others.sort((a, b) => Number(current?.confusion.includes(b.id) ?? false) - Number(current?.confusion.includes(a.id) ?? false)).slice(0, 9);
  });

  queue = $derived(inOrder(this.items, this.filter, this.skipped));

  /** Begins to listen and reads the queue; answers with what stops it. */
  open(): () => void {
    void this.#readCatalogue();
    void this.read().then(() => this.select(router.route.page === 'review' && router.route.caseId ? router.route.caseId : following(this.queue, null)));
    return listen({
      onCase: (summary) => this.#hear(summary),
      onLine: (connected) => (session.connected = connected),
      onResumed: () => {
        this.resumed += 1;
        void this.read();
        this.again();
      },
      onRefused: () => void session.check(),
    });
  }

  async read(): Promise<void> {
    this.loading = this.items.length === 0;
    try {
      const page = await api.cases(this.filter);
      this.items = page.items;
      this.cursor = page.next_cursor;
      this.trouble = '';
    } catch (error) {
      this.trouble = wordsFor(error);
    } finally {
      this.loading = false;
    }
    if (!this.selectedId) this.select(following(this.queue, null));
  }

  async readMore(): Promise<void> {
    if (!this.cursor) return;
    try {
      const page = await api.cases(this.filter, this.cursor);
      const known = new Set(this.items.map((item) => item.id));
      this.items = [...this.items, ...page.items.filter((item) => !known.has(item.id))];
      this.cursor = page.next_cursor;
    } catch (error) {
      notices.show(wordsFor(error), 'warning');
    }
  }

  async choose(filter: Partial<api.CaseFilter>): Promise<void> {
    this.filter = { ...this.filter, ...filter };
    this.items = [];
    this.selectedId = null;
    this.detail = null;
    await this.read();
  }

  select(id: string | null): void {
    if (id === this.selectedId) return;
    this.selectedId = id;
    this.detail = (id && this.#ready.get(id)) || null;
    this.upcoming = null;
    this.unshown = '';
    router.replace(id ? `#/cases/${encodeURIComponent(id)}` : '#/');
    if (!id) return;
    this.#fetch(id).then(
      (detail) => {
        if (this.selectedId !== id) return;
        this.detail = detail;
        this.#preload();
      },
      (error: unknown) => {
        if (this.selectedId === id) this.unshown = error instanceof api.ApiError && error.status === 404 ? t('no_such_case') : wordsFor(error);
      },
    );
    if (this.cursor && this.queue.findIndex((item) => item.id === id) > this.queue.length - 10) void this.readMore();
  }

  move(by: number): void {
    const index = this.queue.findIndex((item) => item.id === this.selectedId);
    const next = this.queue[Math.min(Math.max(0, index + by), this.queue.length - 1)];
    if (next) this.select(next.id);
  }

  skip(): void {
    const id = this.selectedId;
    if (!id) return;
    const next = following(this.queue, id);
    this.skipped = new Set([...this.skipped, id]);
    this.select(next);
  }

  /** Decides the case on the desk and shows the next one without waiting for the answer. */
  decide(action: Verdict, more: { reason?: string; kind?: string } = {}): void {
    const current = this.detail;
    if (!current || current.id !== this.selectedId || current.state !== 'open' || this.#travelling.has(current.id)) return;
    const stays = action === 'change_kind';
    if (!stays) {
      const next = following(this.queue, current.id);
      if (this.filter.state === 'open') this.items = this.items.filter((item) => item.id !== current.id);
      this.select(next);
      session.decided += 1;
    }
    notices.show(this.#wordsOf(current, action, more), action === 'reject' ? 'plain' : 'good', true);
    this.#decided.push({ id: current.id, number: current.number, kind: current.kind, action });
    this.#lost.delete(current.id);
    const journey = this.#send(current, { action, version: current.version, ...more }, stays).finally(() => this.#travelling.delete(current.id));
    this.#travelling.set(current.id, journey);
  }

  /** Reopens what was decided last, once its decision has arrived, and puts it back on the desk. */
  async undo(): Promise<void> {
    const last = this.#decided.pop();
    if (!last) return notices.show(t('nothing_to_undo'));
    await this.#travelling.get(last.id);
    if (this.#lost.delete(last.id)) return;
    const back: Partial<DecisionRequest> = last.action === 'change_kind' ? { action: 'change_kind', kind: last.kind } : { action: 'reopen' };
    try {
      const { version } = await api.caseDetail(last.id);
      const summary = await api.decide(last.id, { action: 'reopen', ...back, version });
      this.#forget(last.id);
      this.items = merged(this.items, summary, this.filter);
      if (last.action !== 'change_kind') session.decided = Math.max(0, session.decided - 1);
      this.selectedId = null;
      this.select(last.id);
      notices.show(t('done_undo', { number: numbered(last.number) }));
    } catch (error) {
      notices.show(wordsFor(error), 'warning');
    }
  }

  /** Brings a case that was decided, by whomever, back to the queue. */
  async reopen(): Promise<void> {
    const current = this.detail;
    if (!current) return;
    try {
      this.items = merged(this.items, await api.decide(current.id, { action: 'reopen', version: current.version }), this.filter);
      this.#refresh(current.id);
      notices.show(t('done_undo', { number: numbered(current.number) }));
    } catch (error) {
      notices.show(wordsFor(error), 'warning');
      this.#refresh(current.id);
    }
  }

  async #send(current: CaseDetail, request: DecisionRequest, stays: boolean): Promise<void> {
    this.#forget(current.id);
    try {
      const summary = await api.decide(current.id, request);
      this.items = merged(this.items, summary, this.filter);
      if (stays) this.#refresh(current.id);
    } catch (error) {
      this.#bringBack(current, error, stays);
    }
  }

  #bringBack(current: CaseDetail, error: unknown, stays: boolean): void {
    this.#decided = this.#decided.filter((one) => one.id !== current.id);
    this.#lost.add(current.id);
    if (!stays) session.decided = Math.max(0, session.decided - 1);
    if (error instanceof api.ApiError && error.status === 409) {
      const news = error.body.current as CaseSummary | undefined;
      if (news) this.items = merged(this.items, news, this.filter);
      else void this.read();
      notices.show(this.#conflictWords(current, error), 'warning');
      if (stays) this.#refresh(current.id);
      return;
    }
    if (matches(current, this.filter)) this.items = merged(this.items, current, this.filter);
    this.#remember(current.id, Promise.resolve(current)); // the server may be away: what was on the desk can be shown without it
    if (!this.selectedId) this.select(current.id);
    notices.show(t('back_in_queue', { number: numbered(current.number), detail: wordsFor(error) }), 'warning');
  }

  #conflictWords(current: CaseDetail, error: api.ApiError): string {
    const decision = error.body.decision as { by?: string; action?: string } | undefined;
    const action = decision?.action as 'confirm' | 'reject' | 'change_kind' | 'reopen' | undefined;
    return t('conflict', {
      number: numbered(current.number),
      by: decision?.by ?? t('conflict_somebody'),
      what: action ? t(`action_${action}`) : error.detail,
    });
  }

  #wordsOf(current: CaseDetail, action: Verdict, more: { reason?: string; kind?: string }): string {
    const reason = this.catalogue?.reasons.find((one) => one.id === more.reason);
    const kind = this.catalogue?.kinds.find((one) => one.id === more.kind);
    return t(`done_${action}`, { number: numbered(current.number), reason: say(reason), kind: say(kind?.name) });
  }

  #hear(summary: CaseSummary): void {
    if (this.#travelling.has(summary.id)) return;
    this.items = merged(this.items, summary, this.filter);
    if (!this.selectedId && matches(summary, this.filter)) return this.select(summary.id);
    if (summary.id === this.selectedId && this.detail && summary.version > this.detail.version) {
      if (this.detail.state === 'open' && summary.state !== 'open') notices.show(t('decided_meanwhile'), 'warning');
      this.#refresh(summary.id);
    } else if (summary.id !== this.selectedId) this.#forget(summary.id);
    if (this.detail) this.#preload();
  }

  /** Asks anew for the case on the desk. */
  again(): void {
    if (this.selectedId) this.#refresh(this.selectedId);
  }

  #refresh(id: string): void {
    this.#forget(id);
    if (this.selectedId !== id) return;
    void this.#fetch(id).then((detail) => {
      if (this.selectedId !== id) return;
      this.detail = detail;
      this.unshown = '';
    }, () => undefined);
  }

  #fetch(id: string): Promise<CaseDetail> {
    let detail = this.#details.get(id);
    if (!detail) {
      detail = api.caseDetail(id);
      this.#remember(id, detail);
    }
    return detail;
  }

  #remember(id: string, coming: Promise<CaseDetail>): void {
    this.#details.set(id, coming);
    coming.then(
      (detail) => this.#details.get(id) === coming && this.#ready.set(id, detail),
      () => this.#details.get(id) === coming && this.#forget(id),
    );
    const oldest = this.#details.keys().next().value;
    if (this.#details.size > KEPT_DETAILS && oldest) this.#forget(oldest);
  }

  #forget(id: string): void {
    this.#details.delete(id);
    this.#ready.delete(id);
  }

  /** Fetches the case that comes next, so that the page can read its clip and pictures ahead. */
  #preload(): void {
    const [current, next] = [this.selectedId, following(this.queue, this.selectedId)];
    if (!next || next === current) {
      this.upcoming = null;
      return;
    }
    void this.#fetch(next).then((detail) => {
      if (this.selectedId === current) this.upcoming = detail;
    }, () => undefined);
  }

  async #readCatalogue(): Promise<void> {
    try {
      this.catalogue = await api.kinds();
    } catch (error) {
      notices.show(wordsFor(error), 'warning');
    }
  }
}

export const desk = new Desk();
