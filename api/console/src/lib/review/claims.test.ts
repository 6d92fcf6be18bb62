import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from '../api/client';
import { Claims } from './claims';

vi.mock('../api/client', () => ({ clearDesk: vi.fn(), claimOne: vi.fn() }));
const cleared = vi.mocked(api.clearDesk);
beforeEach(() => {
  cleared.mockReset().mockResolvedValue(undefined);
  vi.mocked(api.claimOne).mockReset().mockImplementation(async (id) => ({ id }) as never);
});

describe('what a page gives back', () => {
  it('is what it has itself, not what another window of the same person has', async () => {
    const [here, there] = [new Claims(), new Claims()];
    await here.take('a');
    await there.take('b');
    await here.leave();
    expect(cleared.mock.calls).toEqual([[['a']]]);
    expect([here.has('a'), there.has('b')]).toEqual([false, true]);
    await here.leave();
    expect(cleared).toHaveBeenCalledTimes(1);
  });

  it('is everything where something is still coming, of which nobody knows what it is', async () => {
    vi.mocked(api.claimOne).mockReturnValue(new Promise(() => undefined));
    const here = new Claims();
    void here.take('a');
    await here.leave();
    expect(cleared.mock.calls).toEqual([[null]]);
  });

  it('is due again at once where it was given back elsewhere', async () => {
    const here = new Claims();
    await here.take('a');
    expect(here.isDue('a')).toBe(false);
    here.drop('a');
    expect(here.isDue('a')).toBe(true);
  });
});
