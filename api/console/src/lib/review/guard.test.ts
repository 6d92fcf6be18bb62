import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Guard, LEAST_MS } from './guard.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const made = (): Guard => new Guard(() => Date.now());

it.each([
  ['before anything is on the screen', null, 0, false],
  ['at once', 0, 0, false],
  ['too soon', 0, LEAST_MS - 1, false],
  ['after a moment', 0, LEAST_MS, true],
])('%s', (_, shown, after, allowed) => {
  const guard = made();
  guard.close();
  if (shown !== null) guard.shown();
  vi.advanceTimersByTime(after);
  expect(guard.allows(Date.now())).toBe(allowed);
  expect(guard.open).toBe(allowed);
});

it('a key that was pressed before the case came does not count, however late it is heard', () => {
  const guard = made();
  guard.close();
  const pressed = Date.now();
  guard.shown();
  vi.advanceTimersByTime(1000);
  expect(guard.allows(pressed)).toBe(false);
});

it('begins anew with each case, and once for each', () => {
  const guard = made();
  guard.close();
  guard.shown();
  vi.advanceTimersByTime(LEAST_MS);
  guard.shown();
  guard.await();
  expect(guard.allows(Date.now())).toBe(true);
  guard.close();
  expect(guard.allows(Date.now())).toBe(false);
});

it('a clip that does not come is not waited for without end', () => {
  const guard = made();
  guard.close();
  guard.await();
  vi.advanceTimersByTime(2999 + LEAST_MS);
  expect(guard.open).toBe(false);
  vi.advanceTimersByTime(1);
  expect(guard.open).toBe(true);
});
