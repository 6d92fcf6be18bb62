// Who is signed in, and how many cases they decided since they opened the page.
import { ApiError, me, onSignedOut } from './api/client';
import type { Person } from './api/types';

class Session {
  person = $state<Person | null>(null);
  status = $state<'asking' | 'in' | 'out' | 'offline'>('asking');
  connected = $state(true);
  decided = $state(0);
  /** Whether the session was there and has ended, which the sign-in page says. */
  ended = $state(false);
  readonly since = Date.now();

  constructor() {
    onSignedOut(() => {
      if (this.status !== 'in') return;
      this.ended = true;
      this.status = 'out';
    });
  }

  async ask(): Promise<void> {
    try {
      this.person = await me();
      this.status = 'in';
      this.ended = false;
    } catch (error) {
      this.status = error instanceof ApiError && (error.status === 401 || error.status === 403) ? 'out' : 'offline';
    }
  }

  /** Asks in passing whether the session still stands; a server that does not answer changes nothing. */
  async check(): Promise<void> {
    await me().catch(() => undefined);
  }

  get mayDecide(): boolean {
    return this.person?.role !== 'viewer';
  }

  /** Decisions an hour; nothing before there is enough to tell. */
  get pacePerHour(): number | null {
    const hours = (Date.now() - this.since) / 3_600_000;
    return this.decided >= 5 ? Math.round(this.decided / hours) : null;
  }
}

export const session = new Session();
