// Brings decisions to the server. A line that is down, or a server that is away or overloaded, is tried again for a while: the server knows a
// decision that it has by its version, so sending it twice decides nothing twice.
import { ApiError } from '../api/errors';

const PAUSES_MS = [300, 700, 1500, 3000, 5000];
const PASSING = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

export const isPassing = (error: unknown): boolean => error instanceof ApiError && PASSING.has(error.status);

export class Courier {
  /** Decisions that the server has not answered at the first try, and that are being tried again. */
  waiting = $state(0);
  #journeys = new Map<string, Promise<void>>();
  #woken = new Set<() => void>();

  constructor(readonly pauses: readonly number[] = PAUSES_MS) {}

  /** Whether a decision about the case is under way. */
  carries(id: string): boolean {
    return this.#journeys.has(id);
  }

  get isBusy(): boolean {
    return this.#journeys.size > 0;
  }

  /** Until no decision is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#journeys.values());
  }

  /** Until the decision about the case has arrived, or has not. */
  async arrival(id: string): Promise<void> {
    await this.#journeys.get(id);
  }

  /** Sends until it is answered, or a refusal or too many failures end it; then says which. */
  send<T>(id: string, request: () => Promise<T>, done: (answer: T) => void, lost: (error: unknown) => void): void {
    const journey = this.#persist(request)
      .then(done, lost)
      .finally(() => this.#journeys.delete(id));
    this.#journeys.set(id, journey);
  }

  /** The line is back: no more pauses. */
  wake(): void {
    for (const resume of [...this.#woken]) resume();
  }

  async #persist<T>(request: () => Promise<T>): Promise<T> {
    let waits = false;
    try {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await request();
        } catch (error) {
          const pause = this.pauses[attempt];
          if (pause === undefined || !isPassing(error)) throw error;
          if (!waits) this.waiting += 1;
          waits = true;
          await this.#pause(pause);
        }
      }
    } finally {
      if (waits) this.waiting -= 1;
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        clearTimeout(timer);
        this.#woken.delete(resume);
        resolve();
      };
      const timer = setTimeout(resume, milliseconds);
      this.#woken.add(resume);
    });
  }
}
