// Whether somebody sits here: the last key or click.
class Presence {
  #last = Date.now();

  constructor() {
    const touch = (): void => void (this.#last = Date.now());
    for (const name of ['keydown', 'pointerdown', 'pointermove']) addEventListener(name, touch, { passive: true, capture: true });
  }

  withinMs(milliseconds: number): boolean {
    return Date.now() - this.#last < milliseconds;
  }
}

export const awake = new Presence();
