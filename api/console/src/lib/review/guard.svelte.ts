// Keeps a key that was pressed for one case from deciding the next, which nobody has seen yet: decisions count from a moment after the evidence came
// onto the screen. It delays nothing that is shown.
/** Shorter than anybody sees a case and presses a key on purpose, longer than a key that bounces or is struck twice. */
export const LEAST_MS = 250;
/** A clip that takes longer to come is not waited for: the pictures can be judged without it. */
const PATIENCE_MS = 3000;

export class Guard {
  /** Whether the case on the desk may be decided. */
  open = $state(false);
  /** Counts the cases that came onto the desk: each has to say anew that it is on the screen. */
  turn = $state(0);
  #since = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly now: () => number = () => performance.now()) {}

  /** Another case comes onto the desk, or none. */
  close(): void {
    clearTimeout(this.#timer);
    this.open = false;
    this.turn += 1;
    this.#since = Infinity;
  }

  /** Its page is there, its clip not yet. */
  await(): void {
    if (this.#since !== Infinity) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.shown(), PATIENCE_MS);
  }

  /** Its evidence stands on the screen. */
  shown(): void {
    if (this.#since !== Infinity) return;
    clearTimeout(this.#timer);
    this.#since = this.now();
    this.#timer = setTimeout(() => (this.open = true), LEAST_MS);
  }

  /** Whether a key or click of this moment (`event.timeStamp`) was made by somebody who could see the case. */
  allows(at: number): boolean {
    return at - this.#since >= LEAST_MS;
  }
}
