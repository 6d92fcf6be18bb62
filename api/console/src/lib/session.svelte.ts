// Who is signed in, and how many cases they decided since they opened the page.
import { ApiError, me } from './api/client';
import type { Person } from './api/types';

class Session {
  person = $state<Person | null>(null);
  status = $state<'asking' | 'in' | 'out' | 'offline'>('asking');
  connected = $state(true);
  decided = $state(0);
  readonly since = Date.now();

  async ask(): Promise<void> {
    try {
      this.person = await me();
      this.status = 'in';
    } catch (error) {
      this.status = error instanceof ApiError && (error.status === 401 || error.status === 403) ? 'out' : 'offline';
    }
  }

  /** Decisions an hour; nothing before there is enough to tell. */
  get pacePerHour(): number | null {
    const hours = (Date.now() - this.since) / 3_600_000;
    return this.decided >= 5 ? Math.round(this.decided / hours) : null;
  }
}

export const session = new Session();
