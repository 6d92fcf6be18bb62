import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/errors';
import { Courier } from './courier.svelte';

async function outcome(answers: (string | ApiError)[], pauses: number[] = [0, 0]): Promise<{ told: string; asked: number; waiting: number }> {
  const courier = new Courier(pauses);
  let asked = 0;
  let told = 'nothing';
  const request = (): Promise<string> => {
    const answer = answers[asked++]!;
    return typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer);
  };
  courier.send('c', request, (answer) => (told = answer), (error) => (told = `lost ${(error as ApiError).status}`));
  expect(courier.carries('c')).toBe(true);
  await courier.arrival('c');
  expect(courier.isBusy).toBe(false);
  return { told, asked, waiting: courier.waiting };
}

const failure = (status: number): ApiError => new ApiError(status, '');

describe('Courier', () => {
  it.each<[(string | ApiError)[], string, number, string]>([
    [['yes'], 'yes', 1, 'an answer at once'],
    [[failure(0), failure(503), 'yes'], 'yes', 3, 'a line and a server that come back'],
    [[failure(500), 'yes'], 'yes', 2, 'a server that failed after it stored: the version tells'],
    [[failure(409)], 'lost 409', 1, 'a refusal is an answer'],
    [[failure(401)], 'lost 401', 1, 'so is a session that ended'],
    [[failure(0), failure(0), failure(0)], 'lost 0', 3, 'a server that stays away'],
  ])('%#: %s → %s', async (answers, told, asked) => expect(await outcome(answers)).toEqual({ told, asked, waiting: 0 }));

  it('does not wait out its pause once the line is back', async () => {
    const courier = new Courier([60_000]);
    let asked = 0;
    courier.send('c', () => (asked++ ? Promise.resolve('yes') : Promise.reject(failure(0))), () => undefined, () => undefined);
    while (!courier.waiting) await Promise.resolve();
    courier.wake();
    await courier.arrival('c');
    expect([asked, courier.waiting]).toEqual([2, 0]);
  });
});
