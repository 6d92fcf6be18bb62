import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { drawn } from './drawing';

const page = new EventTarget();
const screen = Object.assign(new EventTarget(), { visibilityState: 'visible' });
beforeEach(() => {
  screen.visibilityState = 'visible';
  vi.stubGlobal('document', screen);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('requestAnimationFrame', () => 0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function isDrawn(): Promise<() => boolean> {
  let done = false;
  vi.useFakeTimers();
  void drawn().then(() => (done = true));
  await Promise.resolve();
  return () => done;
}

it('waits for the next frame, and what is drawn in it', async () => {
  const order: string[] = [];
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(() => (order.push('frame'), draw()), 5));
  await drawn().then(() => order.push('sent'));
  expect(order).toEqual(['frame', 'sent']);
});

it('goes on where no frame is drawn', async () => {
  await expect(drawn()).resolves.toBeUndefined();
});

it.each([
  ['the page is closed', () => page.dispatchEvent(new Event('pagehide'))],
  ['the page goes behind others', () => screen.dispatchEvent(new Event('visibilitychange'))],
])('waits no longer once %s', async (_, happens) => {
  const done = await isDrawn();
  expect(done()).toBe(false);
  happens();
  await Promise.resolve();
  expect(done()).toBe(true);
});

it('does not wait where nobody sees it', async () => {
  screen.visibilityState = 'hidden';
  expect((await isDrawn())()).toBe(true);
});
