import { beforeEach, describe, expect, it, vi } from 'vitest';
import { actAs } from './author';
import { ApiError, decide, looked, onSignedOut, signOut } from './client';

vi.mock('../i18n/language.svelte', () => ({ language: { current: 'en' } }));
const fetched = vi.fn<typeof fetch>();
vi.stubGlobal('fetch', fetched);
beforeEach(() => {
  fetched.mockReset().mockImplementation(async () => new Response('{}', { status: 200 }));
  actAs('李娜');
});

const sent = (): (string | null)[] => fetched.mock.calls.map(([, init]) => (init?.headers as Headers).get('X-Curbwatch-Person'));

describe('A change', () => {
  it('names its author', async () => {
    await decide('c', { action: 'confirm', version: 1 }, '李娜');
    expect(sent()).toEqual([encodeURIComponent('李娜')]);
  });

  it('of somebody who has gone is not sent, and signs nobody out', async () => {
    const out = vi.fn();
    onSignedOut(out);
    await expect(decide('c', { action: 'confirm', version: 1 }, 'anna')).rejects.toMatchObject({ status: 401 });
    await expect(looked({ caseId: 'c', files: [], version: 1 }, 'anna')).rejects.toMatchObject({ status: 401 });
    expect([fetched.mock.calls.length, out.mock.calls.length]).toEqual([0, 0]);
  });
});

describe('Signing out', () => {
  it.each([
    [204, null],
    [200, 200],
    [304, 304],
    [401, 401],
    [503, 503],
  ])('answered with %i', async (status, fails) => {
    fetched.mockResolvedValue(new Response(null, { status }));
    expect(await signOut().then(() => null, (error: ApiError) => error.status)).toBe(fails);
  });
});
