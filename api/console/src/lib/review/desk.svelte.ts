// The review desk: the queue, whose case is whose, the case that is looked at, and those that lie read ahead behind it. What becomes of a case is
// in judgements.ts.
import * as api from '../api/client';
import { listen, type ClaimNews } from '../api/live';
import type { CaseDetail, CaseSummary } from '../api/types';
import { t } from '../i18n/language.svelte';
import { notices, wordsFor } from '../notices.svelte';
import { router } from '../router.svelte';
import { session } from '../session.svelte';
import { catalogue } from './catalogue.svelte';
import { Claims } from './claims';
import { Courier } from './courier.svelte';
import { Details } from './details';
import { drawn } from './drawing';
import { Guard } from './guard.svelte';
import { Looks } from './handed';
import { Judgements } from './judgements';
import { awake } from './presence';
import { following, inOrder, isOthers, matches, merged, nextToJudge } from './queue';

/** How many cases lie read ahead behind the one on the desk. */
const AHEAD = 2;
const AFTER_DRAWING_MS = 60;
const BEAT_MS = 30_000;
const LET_GO_AFTER_MS = 600_000;
/** So long somebody who signs out waits for what is under way. */
const LEAVING_MS = 20_000;
const EVERYTHING: api.CaseFilter = { state: 'open', kind: '', camera: '', q: '' };

export class Desk {
  filter = $state<api.CaseFilter>({ ...EVERYTHING });
  items = $state.raw<CaseSummary[]>([]);
  skipped = $state.raw<ReadonlySet<string>>(new Set());
  cursor = $state<string | null>(null);
  loading = $state(true);
  trouble = $state('');
  selectedId = $state<string | null>(null);
  detail = $state.raw<CaseDetail | null>(null);
  /** Why the selected case cannot be shown. */
  unshown = $state('');
  /** The cases after the one on the desk, which the page reads ahead. */
  upcoming = $state.raw<CaseDetail[]>([]);
  /** How often the line to the server came back: what could not be loaded is tried again. */
  resumed = $state(0);
  readonly courier = new Courier();
  readonly claims = new Claims();
  readonly details = new Details();
  readonly guard = new Guard();
  readonly looks = new Looks(api.looked);
  #clearing = 0;
  /** Whether the page of reviewing is on the screen. */
  #isOpen = false;
  /** Who sat here last. */
  #whose = '';
  #aheadTimer: ReturnType<typeof setTimeout> | undefined;
  /** The newest version known of cases that were decided here: a list that was asked for before tells an older one. */
  readonly settled = new Map<string, number>();
  readonly judgements = new Judgements(this);

  queue = $derived(inOrder(this.items, this.filter, this.skipped));
  /** The case on the desk as the queue has it: who has claimed it is told there. */
  current = $derived(this.items.find((item) => item.id === this.selectedId) ?? this.detail);

  /** Begins to listen and reads the queue; answers with what stops it. */
  open(): () => void {
    this.#changeHands();
    this.#isOpen = true;
    void catalogue.read();
    this.claims.forget();
    void this.read().then(() => router.route.page === 'review' && router.route.caseId && this.select(router.route.caseId));
    const beat = setInterval(() => this.#beat(), BEAT_MS);
    const leave = (): void => void this.giveBack();
    addEventListener('pagehide', leave);
    const stop = listen({
      onCase: (summary) => this.#hear(summary),
      onClaim: (news) => this.#hearClaim(news),
      onLine: (connected) => (session.connected = connected),
      onFirst: () => {
        this.claims.news();
        void this.read();
      },
      onResumed: () => {
        this.resumed += 1;
        this.courier.wake();
        this.claims.news();
        void this.read();
        this.again();
      },
      onRefused: () => void session.check(),
    });
    return () => {
      this.#isOpen = false;
      clearInterval(beat);
      removeEventListener('pagehide', leave);
      stop();
      leave();
    };
  }

  /** What one person had on the desk is not shown to the next. */
  #changeHands(): void {
    const whose = session.person?.name ?? '';
    this.judgements.undoable.leaveTo(whose);
    if (whose === this.#whose) return;
    this.#whose = whose;
    session.decided = 0;
    this.filter = { ...EVERYTHING };
    this.items = [];
    this.skipped = new Set();
    this.cursor = null;
    this.upcoming = [];
    this.details.clear();
    this.settled.clear();
    if (this.selectedId) this.#show(null);
  }

  /**
   * Signs out, once every decision under way has arrived, or is back in the queue, and nothing lies on this desk any more. Where the server has not
   * ended the session the person stays, and the page says so.
   */
  async signOut(): Promise<void> {
    if (session.leaving) return;
    session.leaving = true;
    session.stuck = false;
    this.#clearing += 1; // what is given back is heard of, and must not be taken again at once
    try {
      await Promise.race([this.#clearUp(), new Promise((_, reject) => setTimeout(reject, LEAVING_MS))]);
      await session.leave();
      this.judgements.undoable.leaveTo(null);
    } catch {
      session.stuck = true;
    } finally {
      this.#clearing -= 1;
      session.leaving = false;
    }
    if (session.status !== 'in' || !this.#isOpen) return;
    if (this.selectedId) void this.hold(this.selectedId);
    void this.topUp();
  }

  async #clearUp(): Promise<void> {
    await this.courier.idle();
    await this.claims.clear().catch(() => undefined);
  }

  /** Gives back what lies on this desk. */
  giveBack(): Promise<void> {
    return this.claims.leave().catch(() => undefined);
  }

  /** Whether cases of the list are worked on, one after the other; else they are looked up. */
  get isWork(): boolean {
    return session.mayDecide && !this.filter.q && (this.filter.state === 'open' || (this.filter.state === 'disputed' && session.maySettle));
  }

  /** Somebody else has this case on the desk. */
  isOthers(summary: CaseSummary): boolean {
    return isOthers(summary, session.person?.name ?? '', Date.now());
  }

  async read(): Promise<void> {
    this.loading = this.items.length === 0;
    const filter = this.filter;
    try {
      const [page] = await Promise.all([api.cases(filter), this.topUp()]);
      if (filter !== this.filter) return;
      const claimed = this.items.filter((item) => this.claims.has(item.id));
      this.items = this.#fresh([...page.items, ...claimed.filter((item) => !page.items.some((one) => one.id === item.id))]);
      this.cursor = page.next_cursor;
      this.trouble = '';
    } catch (error) {
      this.trouble = wordsFor(error);
    } finally {
      this.loading = false;
    }
    if (!this.selectedId) this.select(this.next(null));
    this.#readAhead();
  }

  async readMore(): Promise<void> {
    if (!this.cursor) return;
    try {
      const page = await api.cases(this.filter, this.cursor);
      const known = new Set(this.items.map((item) => item.id));
      this.items = [...this.items, ...this.#fresh(page.items.filter((item) => !known.has(item.id)))];
      this.cursor = page.next_cursor;
    } catch (error) {
      notices.show(wordsFor(error), 'warning');
    }
  }

  async choose(filter: Partial<api.CaseFilter>): Promise<void> {
    const had = this.isWork || this.claims.isAny;
    this.filter = { ...this.filter, ...filter };
    this.items = [];
    this.#show(null);
    this.#clearing += 1; // what is given back is heard of, and must not be taken again at once
    if (had) await this.claims.clear().catch(() => undefined);
    this.#clearing -= 1;
    await this.read();
  }

  select(id: string | null): void {
    if (id === this.selectedId) return;
    this.#show(id);
    if (!id) return;
    this.details.fetch(id).then(
      (detail) => {
        if (this.selectedId !== id) return;
        this.detail = detail;
        void this.hold(id);
        this.#readAhead();
      },
      (error: unknown) => {
        if (this.selectedId === id) this.unshown = error instanceof api.ApiError && error.status === 404 ? t('no_such_case') : wordsFor(error);
      },
    );
    if (this.cursor && this.queue.findIndex((item) => item.id === id) > this.queue.length - 10) void this.readMore();
    void this.hold(id);
  }

  move(by: number): void {
    const index = this.queue.findIndex((item) => item.id === this.selectedId);
    const next = this.queue[Math.min(Math.max(0, index + by), this.queue.length - 1)];
    if (next) this.select(next.id);
  }

  /** `at`: when the key was pressed, as for a decision. */
  skip(at: number): void {
    const id = this.selectedId;
    if (session.leaving || !id || (this.detail && !this.guard.allows(at))) return;
    const next = this.next(id);
    this.skipped = new Set([...this.skipped, id]);
    if (this.isWork || this.claims.has(id)) void this.claims.skip(id).catch(() => undefined);
    this.select(next);
    void this.topUp();
  }

  /** Asks anew for the case on the desk. */
  again(): void {
    const id = this.selectedId;
    if (!id) return;
    this.details.forget(id);
    void this.details.fetch(id).then((detail) => {
      if (this.selectedId !== id) return;
      this.detail = detail;
      this.unshown = '';
      this.#readAhead();
    }, () => undefined);
  }

  othersWords(summary: CaseSummary): string {
    return t('others_desk', { number: t('number', { number: summary.number }), by: summary.claimed_by ?? t('conflict_somebody') });
  }

  #fresh(items: CaseSummary[]): CaseSummary[] {
    return items.filter((item) => !this.courier.carries(item.id) && item.version >= (this.settled.get(item.id) ?? 0));
  }

  /** The case to go on with after `id`; what was skipped waits until somebody asks for it. */
  next(id: string | null): string | null {
    if (!this.isWork) return following(this.queue, id);
    const free = this.queue.filter((item) => item.id === id || !(this.skipped.has(item.id) || this.isOthers(item) || this.courier.carries(item.id)));
    return nextToJudge(free, id, (one) => this.claims.has(one));
  }

  #show(id: string | null): void {
    this.guard.close();
    this.selectedId = id;
    this.detail = id ? this.details.ready(id) : null;
    this.unshown = '';
    router.replace(id ? `#/cases/${encodeURIComponent(id)}` : '#/');
    this.#readAhead();
  }

  /** Puts a case that was decided back on the desk. */
  putBack(summary: CaseSummary): void {
    this.details.forget(summary.id);
    this.items = merged(this.items, summary, this.filter);
    this.selectedId = null;
    this.select(summary.id);
  }

  /** Takes more cases where few are left. */
  async topUp(): Promise<void> {
    if (!this.isWork || this.#clearing) return;
    const filter = this.filter;
    try {
      const taken = await this.claims.topUp(filter, this.skipped);
      if (!taken || filter !== this.filter) return;
      for (const summary of taken) this.items = merged(this.items, summary, filter);
    } catch (error) {
      if (error instanceof api.ApiError && !error.isOffline) notices.show(wordsFor(error), 'warning');
      return;
    }
    if (!this.selectedId) this.select(this.next(null));
    this.#readAhead();
  }

  /** Puts the case that is looked at on this desk, where it is not already; a colleague's is passed over, where cases come one after the other. */
  async hold(id: string): Promise<void> {
    await drawn();
    if (this.selectedId !== id) return;
    const isQueued = this.isWork && this.items.some((item) => item.id === id);
    if (this.#clearing || !(isQueued || this.#isLookedUp(id)) || !this.claims.isDue(id)) return;
    try {
      if (!this.isWork && this.claims.isAny) await this.#putDown();
      if (this.selectedId !== id || this.#clearing) return;
      const taken = await this.claims.take(id);
      this.items = merged(this.items, taken, this.filter);
    } catch (error) {
      if (!(error instanceof api.ApiError) || error.status !== 409) return;
      const summary = error.body.current as CaseSummary | undefined;
      if (!summary) return;
      this.claims.drop(id);
      const wasFree = this.items.some((item) => item.id === id && !this.isOthers(item));
      const next = this.next(id);
      this.items = merged(this.items, summary, this.filter);
      if (!isQueued && this.selectedId === id) notices.show(this.othersWords(summary), 'warning');
      if (!isQueued || !wasFree || this.selectedId !== id || this.courier.carries(id)) return;
      notices.show(this.othersWords(summary), 'warning');
      this.select(next);
    }
  }

  /** Whether it was found by a search or a link, and is this person's to judge. */
  #isLookedUp(id: string): boolean {
    return this.detail?.id === id && session.mayJudge(this.detail.state);
  }

  /** Gives back what was looked up before; its decision, if one is under way, arrives first. */
  async #putDown(): Promise<void> {
    await this.courier.idle();
    await this.claims.clear();
  }

  #beat(): void {
    if (this.selectedId && awake.withinMs(LET_GO_AFTER_MS)) void this.hold(this.selectedId);
    if (awake.withinMs(LET_GO_AFTER_MS)) void this.topUp();
  }

  #hear(summary: CaseSummary): void {
    if (this.courier.carries(summary.id)) return;
    this.items = merged(this.items, summary, this.filter);
    const isSelected = summary.id === this.selectedId;
    if (!isSelected) this.details.outdate(summary);
    else if (this.detail && summary.version > this.detail.version) {
      if (session.mayJudge(this.detail.state) && !session.mayJudge(summary.state)) notices.show(t('decided_meanwhile'), 'warning');
      this.again();
    }
    if (!matches(summary, this.filter)) return this.#readAhead();
    this.claims.news();
    if (!this.isWork && !this.selectedId) this.select(summary.id);
    void this.topUp();
    this.#readAhead();
  }

  #hearClaim({ id, claimed_by, claimed_until }: ClaimNews): void {
    this.items = this.items.map((item) => (item.id === id ? { ...item, claimed_by, claimed_until } : item));
    if (claimed_by === null) {
      this.claims.drop(id); // also where another window of this person gave it back
      this.claims.news();
      if (id === this.selectedId && !this.skipped.has(id)) void this.hold(id);
      else void this.topUp();
    } else if (claimed_by !== session.person?.name) this.claims.drop(id);
    this.#readAhead();
  }

  /** Fetches the cases that come next, so that the page can read their clips and pictures ahead; once what is on the desk has been drawn. */
  #readAhead(): void {
    this.upcoming = this.upcoming.filter((one) => one.id !== this.selectedId);
    clearTimeout(this.#aheadTimer);
    this.#aheadTimer = setTimeout(() => this.#fetchAhead(), AFTER_DRAWING_MS);
  }

  #fetchAhead(): void {
    const current = this.selectedId;
    if (!current || !this.detail) return;
    const coming: string[] = [];
    for (let id: string | null = current; coming.length < AHEAD; ) {
      id = this.next(id);
      if (!id || id === current || coming.includes(id)) break;
      coming.push(id);
    }
    const lay = (): void => {
      if (this.selectedId !== current) return;
      const ready = coming.map((id) => this.details.ready(id)).filter((one): one is CaseDetail => one !== null);
      const isSame = ready.length === this.upcoming.length && ready.every((one, index) => one === this.upcoming[index]);
      if (!isSame) this.upcoming = ready;
    };
    lay();
    for (const id of coming) void this.details.fetch(id, true).then(lay, () => undefined);
  }
}

export const desk = new Desk();
