import { afterEach, expect, it, vi } from 'vitest';
import { drawn } from './drawing';

afterEach(() => vi.unstubAllGlobals());

it('waits for the next frame, and what is drawn in it', async () => {
  const order: string[] = [];
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(() => (order.push('frame'), draw()), 5));
  await drawn().then(() => order.push('sent'));
  expect(order).toEqual(['frame', 'sent']);
});

it('goes on where no frame is drawn', async () => {
  vi.stubGlobal('requestAnimationFrame', () => 0);
  await expect(drawn()).resolves.toBeUndefined();
});
