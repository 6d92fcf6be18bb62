// Who is signed in, and how many cases they decided since they opened the page.
import { actAs } from './api/author';
import { ApiError, me, onSignedOut, signOut } from './api/client';
import { readAs } from './api/evidence';
import type { CaseState, Person } from './api/types';

class Session {
  person = $state<Person | null>(null);
  status = $state<'asking' | 'in' | 'out' | 'offline' | 'must_change'>('asking');
  connected = $state(true);
  decided = $state(0);
  /** Whether the session was there and has ended, which the sign-in page says. */
  ended = $state(false);
  /** Whether the page was opened by a login link that the server refused, which the sign-in page says. */
  linkRefused = $state(false);
  /** Somebody is signing out: nothing more is decided. */
  leaving = $state(false);
  /** The last try to sign out has failed: the session may stand, and the page says so. */
  stuck = $state(false);
  readonly since = Date.now();

  constructor() {
    onSignedOut(() => this.#end());
  }

  async ask(): Promise<void> {
    try {
      this.person = await me();
      actAs(this.person.name);
      readAs(this.person.role);
      this.status = this.person.must_change ? 'must_change' : 'in';
      this.ended = false;
    } catch (error) {
      this.status = error instanceof ApiError && (error.status === 401 || error.status === 403) ? 'out' : 'offline';
    }
  }

  /** Signs out, once the server has ended the session or has none. Throws what went wrong where it may stand: then the person stays signed in. */
  async leave(): Promise<void> {
    try {
      await signOut();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
    }
    this.ended = false;
    this.#out();
  }

  #end(): void {
    if (this.status !== 'in') return;
    this.ended = true;
    this.#out();
  }

  #out(): void {
    this.stuck = false;
    this.status = 'out';
  }

  /** Asks in passing whether the session still stands, and is this person's; a server that does not answer changes nothing. */
  async check(): Promise<void> {
    const found = await me().catch(() => null);
    if (found && found.name !== this.person?.name) this.#end();
  }

  get mayDecide(): boolean {
    return ['reviewer', 'officer', 'admin'].includes(this.person?.role ?? '');
  }

  /** Whether this person settles what two reviewers disagree about. */
  get maySettle(): boolean {
    return ['officer', 'admin'].includes(this.person?.role ?? '');
  }

  /** Whether a case in this state is this person's to judge. */
  mayJudge(state: CaseState): boolean {
    return state === 'open' ? this.mayDecide : state === 'disputed' && this.maySettle;
  }

  /** Decisions an hour; nothing before there is enough to tell. */
  get pacePerHour(): number | null {
    const hours = (Date.now() - this.since) / 3_600_000;
    return this.decided >= 5 ? Math.round(this.decided / hours) : null;
  }
}

export const session = new Session();
