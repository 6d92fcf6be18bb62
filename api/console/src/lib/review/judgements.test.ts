import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from '../api/client';
import { ApiError } from '../api/errors';
import type { CaseSummary } from '../api/types';
import { session } from '../session.svelte';
import { Courier } from './courier.svelte';
import type { Desk } from './desk.svelte';
import { Judgements } from './judgements';
import { Undoable } from './undoable';

vi.mock('../api/client', async () => ({ ...(await vi.importActual<object>('../api/errors')), decide: vi.fn() }));
vi.mock('../i18n/language.svelte', () => ({ say: () => '', t: (key: string) => key }));
vi.mock('../notices.svelte', () => ({ notices: { show: (text: string) => void shown.push(text) }, wordsFor: (error: ApiError) => `${error.status}` }));
vi.mock('../session.svelte', () => ({ session: { person: { name: 'anna' }, decided: 2, leaving: false, mayJudge: () => true } }));
vi.mock('./catalogue.svelte', () => ({ catalogue: { current: null } }));
vi.mock('./drawing', () => ({ drawn: () => Promise.resolve() }));

const shown: string[] = [];
const asked = vi.mocked(api.decide);
const answer = (id: string): CaseSummary => ({ id, version: 3 }) as CaseSummary;

/** A desk at which anna has decided two cases, `two` last. */
function made(pauses: number[] = []): { judgements: Judgements; putBack: string[] } {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) };
  const undoable = new Undoable(storage);
  for (const id of ['one', 'two']) undoable.keep('anna', { id, number: id, action: 'confirm', version: 2 });
  const putBack: string[] = [];
  const desk = { courier: new Courier(pauses), claims: { drop: () => undefined }, putBack: ({ id }: CaseSummary) => void putBack.push(id), settled: new Map() };
  return { judgements: new Judgements(desk as unknown as Desk, undoable), putBack };
}

beforeEach(() => {
  shown.length = 0;
  asked.mockReset().mockImplementation(async (id) => answer(id));
  Object.assign(session, { person: { name: 'anna' }, leaving: false });
});

describe('Taking back', () => {
  it.each([0, 401, 408, 425, 429, 500, 502, 503, 504])('the same case again, after a failure with %i', async (status) => {
    const { judgements, putBack } = made();
    asked.mockRejectedValueOnce(new ApiError(status, ''));
    await judgements.undo();
    expect([putBack, shown]).toEqual([[], ['undo_lost']]);
    await judgements.undo();
    expect(asked.mock.calls.map(([id]) => id)).toEqual(['two', 'two']);
    expect(putBack).toEqual(['two']);
    expect(judgements.undoable.last('anna')?.id).toBe('one');
  });

  it('is sent again by itself while the server is away, once', async () => {
    const { judgements, putBack } = made([0, 0]);
    asked.mockRejectedValueOnce(new ApiError(503, '')).mockRejectedValueOnce(new ApiError(502, ''));
    await judgements.undo();
    expect(asked.mock.calls.map(([id, { action, version }]) => [id, action, version])).toEqual(Array(3).fill(['two', 'undo', 2]));
    expect([putBack, shown]).toEqual([['two'], ['done_undo']]);
  });

  it('is over where the server refuses it for good', async () => {
    const { judgements, putBack } = made();
    asked.mockRejectedValueOnce(new ApiError(409, ''));
    await judgements.undo();
    expect([putBack, shown, judgements.undoable.last('anna')?.id]).toEqual([[], ['409'], 'one']);
  });

  it('takes nothing else back while it is under way', async () => {
    const { judgements, putBack } = made();
    await Promise.all([judgements.undo(), judgements.undo()]);
    expect(asked.mock.calls.map(([id]) => id)).toEqual(['two']);
    expect([putBack, judgements.undoable.last('anna')?.id]).toEqual([['two'], 'one']);
  });

  it('is sent as the one who asked for it', async () => {
    const { judgements, putBack } = made([0]);
    asked.mockImplementationOnce(() => {
      Object.assign(session, { person: { name: 'ben' } });
      return Promise.reject(new ApiError(0, ''));
    });
    await judgements.undo();
    expect(asked.mock.calls.map((call) => call[2])).toEqual(['anna', 'anna']);
    expect([putBack, shown]).toEqual([[], []]);
  });

  it('leaves the next person what is theirs', async () => {
    const { judgements, putBack } = made();
    asked.mockImplementationOnce(async (id) => {
      Object.assign(session, { person: { name: 'ben' } });
      judgements.undoable.leaveTo('ben');
      judgements.undoable.keep('ben', { id: 'three', number: 3, action: 'confirm', version: 2 });
      return answer(id);
    });
    await judgements.undo();
    expect([putBack, judgements.undoable.last('ben')?.id]).toEqual([[], 'three']);
  });

  it('takes back nothing of a case whose last decision did not arrive', async () => {
    const { judgements, putBack } = made();
    let lose = (): void => undefined;
    const lost = new Promise<void>((_, reject) => (lose = () => reject(new ApiError(503, ''))));
    const before = judgements.undoable.keep('anna', { id: 'two', number: 2, action: 'reject', version: 3 });
    judgements.undoable.arrived('anna', 'two', 3);
    judgements.desk.courier.send('two', () => lost, () => undefined, () => judgements.undoable.forget('anna', 'two', { ...before!, at: before!.at - 1 }));
    const undone = judgements.undo();
    lose();
    await undone;
    expect([asked.mock.calls, putBack]).toEqual([[], []]);
    expect(judgements.undoable.last('anna')?.id).toBe('one');
    judgements.undoable.forget('anna', 'one');
    expect(judgements.undoable.last('anna')).toMatchObject({ id: 'two', version: 2 });
  });

  it('waits for nobody who is signing out', async () => {
    const { judgements } = made();
    session.leaving = true;
    await judgements.undo();
    expect(asked).not.toHaveBeenCalled();
  });
});
