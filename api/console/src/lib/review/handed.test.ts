import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../api/errors';
import { Handed, Looks } from './handed';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('marks what is read ahead, and keeps its address once it is seen', () => {
  const handed = new Handed('c', new Looks(() => Promise.resolve()));
  expect(handed.url('aa', true)).toBe('/cases/c/files/aa?purpose=review');
  expect(handed.url('bb', false)).toBe('/cases/c/files/bb?purpose=review&ahead=true');
  expect(handed.url('bb', true)).toBe('/cases/c/files/bb?purpose=review&ahead=true');
});

it('tells a look until it is answered, in order, and drops what is refused', async () => {
  const answers = [new ApiError(0, ''), null, new ApiError(404, 'gone'), null];
  const told: string[] = [];
  const looks = new Looks(({ caseId, files, version }) => {
    told.push(`${caseId} ${version} ${files.join()}`);
    const answer = answers.shift();
    return answer ? Promise.reject(answer) : Promise.resolve();
  });
  looks.tell({ caseId: 'one', files: ['aa', 'bb'], version: 2 });
  looks.tell({ caseId: 'two', files: ['cc'], version: null });
  looks.tell({ caseId: 'three', files: ['dd'], version: 1 });
  await vi.advanceTimersByTimeAsync(4999);
  expect(told).toEqual(['one 2 aa,bb']);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['one 2 aa,bb', 'one 2 aa,bb', 'two null cc', 'three 1 dd']);
});

it('tells what was read ahead, and nothing where all was seen at once', () => {
  const told: unknown[] = [];
  const handed = new Handed('c', new Looks((look) => Promise.resolve(told.push(look))));
  handed.url('aa', true);
  handed.seen(null);
  expect(told).toEqual([]);
  handed.url('bb', false);
  handed.seen(4);
  expect(told).toEqual([{ caseId: 'c', files: ['bb'], version: 4 }]);
});
