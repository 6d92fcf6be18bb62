import { expect, it } from 'vitest';
import { Undoable, type Decided } from './undoable';

const decided = (id: string, version = 2): Decided => ({ id, number: 7, action: 'confirm', version });

function made(now = { at: 1_000_000 }): Undoable {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  return new Undoable(storage, () => now.at);
}

it('gives the last one, which the page finds after a reload too', () => {
  const undoable = made();
  undoable.keep('anna', decided('one'));
  undoable.keep('anna', decided('two'));
  expect(new Undoable(undoable.storage, undoable.now).last('anna')?.id).toBe('two');
  undoable.forget('anna', 'two');
  expect(undoable.last('anna')?.id).toBe('one');
});

it('belongs to its author', () => {
  const undoable = made();
  undoable.keep('anna', decided('one'));
  expect(undoable.last('ben')).toBeNull();
});

it('leaves nothing in the browser once somebody has signed out, and to the next person nothing of the one before', () => {
  const undoable = made();
  undoable.keep('anna', decided('one'));
  undoable.leaveTo('anna');
  expect(undoable.last('anna')?.id).toBe('one');
  undoable.leaveTo('ben');
  expect(undoable.storage.getItem('curbwatch.decided')).toBeNull();
  undoable.keep('ben', decided('two'));
  undoable.leaveTo(null);
  expect(undoable.storage.getItem('curbwatch.decided')).toBeNull();
});

it('counts a case that is decided once more from then on', () => {
  const now = { at: 1_000_000 };
  const undoable = made(now);
  for (const [id, version] of [['one', 2], ['two', 2], ['one', 3]] as const) {
    now.at += 1000;
    undoable.keep('anna', decided(id, version));
  }
  expect(undoable.last('anna')).toMatchObject({ id: 'one', version: 3 });
});

it('has the decision before at its place again where one of the same case was not made', () => {
  const now = { at: 1_000_000 };
  const undoable = made(now);
  undoable.keep('anna', decided('one'));
  now.at += 1000;
  undoable.keep('anna', decided('two'));
  const before = undoable.keep('anna', decided('one', 3));
  undoable.forget('anna', 'one', before);
  expect(undoable.last('anna')?.id).toBe('two');
  undoable.forget('anna', 'two');
  expect(undoable.last('anna')).toMatchObject({ id: 'one', version: 2 });
});

it('is over after ten minutes, which the answer of the server does not prolong', () => {
  const now = { at: 1_000_000 };
  const undoable = made(now);
  undoable.keep('anna', decided('one'));
  now.at += 5000;
  undoable.arrived('anna', 'one', 3);
  expect(undoable.last('anna')?.version).toBe(3);
  now.at += 594_999;
  expect(undoable.last('anna')).not.toBeNull();
  now.at += 1;
  expect(undoable.last('anna')).toBeNull();
});

it('bears a storage that is broken or refuses', () => {
  const undoable = new Undoable({ getItem: () => 'no json', setItem: () => { throw new Error('full'); }, removeItem: () => { throw new Error('none'); } });
  undoable.keep('anna', decided('one'));
  undoable.leaveTo(null);
  expect(undoable.last('anna')).toBeNull();
});
