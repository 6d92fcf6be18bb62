import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from '../api/client';
import { ApiError } from '../api/errors';
import { Claims } from './claims';
import { Courier } from './courier.svelte';

vi.mock('../api/client', () => ({ clearDesk: vi.fn(), claimOne: vi.fn(), skipCase: vi.fn() }));
const cleared = vi.mocked(api.clearDesk);
beforeEach(() => {
  cleared.mockReset().mockResolvedValue(undefined);
  vi.mocked(api.skipCase).mockReset().mockResolvedValue(undefined);
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

  it('is also what was skipped, where the server has not heard of it', async () => {
    const here = new Claims(Date.now, new Courier([0]));
    await here.take('a');
    await here.take('b');
    vi.mocked(api.skipCase).mockRejectedValueOnce(new ApiError(503, ''));
    await here.skip('a'); // it is tried again
    await here.take('c');
    vi.mocked(api.skipCase).mockRejectedValue(new ApiError(503, ''));
    await here.skip('c');
    expect([here.has('a'), here.has('c')]).toEqual([false, false]);
    await here.leave();
    expect(cleared.mock.calls).toEqual([[['b', 'c']]]);
    await here.leave();
    expect(cleared).toHaveBeenCalledTimes(1);
  });

  it('is given back while a skip is still on its way, too', async () => {
    const here = new Claims();
    await here.take('a');
    vi.mocked(api.skipCase).mockReturnValue(new Promise(() => undefined));
    void here.skip('a');
    await here.leave();
    expect(cleared.mock.calls).toEqual([[['a']]]);
  });

  it('is tried again while somebody waits for it', async () => {
    const here = new Claims(Date.now, new Courier([0, 0]));
    await here.take('a');
    cleared.mockRejectedValueOnce(new ApiError(503, ''));
    await here.clear();
    expect(cleared.mock.calls).toEqual([[['a']], [['a']]]);
    await here.take('a');
    cleared.mockRejectedValue(new ApiError(503, ''));
    await expect(here.clear()).rejects.toMatchObject({ status: 503 });
  });

  it('is due again at once where it was given back elsewhere', async () => {
    const here = new Claims();
    await here.take('a');
    expect(here.isDue('a')).toBe(false);
    here.drop('a');
    expect(here.isDue('a')).toBe(true);
  });
});
