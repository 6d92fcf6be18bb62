// How a reviewer likes clips to play: kept from case to case.
import type { Layers } from './draw';

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8] as const;

class PlayerSettings {
  speed = $state<number>(1);
  looped = $state(true);
  layers = $state<Layers>({ boxes: true, zones: true });

  changeSpeed(by: 1 | -1): void {
    const index = SPEEDS.findIndex((speed) => speed === this.speed);
    this.speed = SPEEDS[Math.min(Math.max(0, index + by), SPEEDS.length - 1)] ?? 1;
  }

  toggle(layer: keyof Layers): void {
    this.layers[layer] = !this.layers[layer];
  }
}

export const settings = new PlayerSettings();
