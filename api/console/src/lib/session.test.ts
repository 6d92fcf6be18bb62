import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from './api/client';
import { ApiError } from './api/errors';
import type { Person } from './api/types';
import { session } from './session.svelte';

vi.mock('./api/client', async () => ({ ...(await vi.importActual<object>('./api/errors')), me: vi.fn(), onSignedOut: vi.fn(), signOut: vi.fn() }));
const asked = vi.mocked(api.signOut);
beforeEach(() => {
  asked.mockReset();
  session.status = 'in';
  session.ended = false;
});

describe('A session that is asked after', () => {
  it.each([
    ['anna', 'in'],
    ['ben', 'out'],
  ])('and is of %s', async (name, status) => {
    session.person = { name: 'anna' } as Person;
    vi.mocked(api.me).mockResolvedValue({ name } as Person);
    await session.check();
    expect([session.status, session.ended]).toEqual([status, status === 'out']);
  });
});

describe('Signing out', () => {
  it('is done where the server has ended the session', async () => {
    asked.mockResolvedValue(undefined);
    await session.leave();
    expect([session.status, session.ended]).toEqual(['out', false]);
  });

  it('is done where there was none any more', async () => {
    asked.mockRejectedValue(new ApiError(401, ''));
    await session.leave();
    expect([session.status, session.ended]).toEqual(['out', false]);
  });

  it.each([0, 200, 403, 429, 500, 502, 503])('is not done where the answer is %i: the session may stand', async (status) => {
    asked.mockRejectedValue(new ApiError(status, ''));
    await expect(session.leave()).rejects.toMatchObject({ status });
    expect(session.status).toBe('in');
  });
});
