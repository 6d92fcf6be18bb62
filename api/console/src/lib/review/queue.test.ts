import { describe, expect, it } from 'vitest';
import type { CaseSummary } from '../api/types';
import { following, inOrder, merged } from './queue';

const OPEN = { state: 'open', kind: '', camera: '', q: '' };
const one = (id: string, more: Partial<CaseSummary> = {}): CaseSummary =>
  ({ id, state: 'open', kind: 'V2', camera_id: 'c', value: 1, version: 1, first_seen: '2026-05-01T00:00:00Z', updated_at: '2026-05-01T00:00:00Z', ...more }) as CaseSummary;
const ids = (items: CaseSummary[]): string => items.map((item) => item.id).join('');

describe('inOrder', () => {
  const items = [one('a', { value: 1 }), one('b', { value: 3 }), one('c', { value: 2 })];
  it('puts value first', () => expect(ids(inOrder(items, OPEN, new Set()))).toBe('bca'));
  it('puts what was skipped last', () => expect(ids(inOrder(items, OPEN, new Set(['b'])))).toBe('cab'));
});

describe('merged', () => {
  it('adds what matches', () => expect(ids(merged([one('a')], one('b'), OPEN))).toBe('ab'));
  it('drops what no longer does', () => expect(merged([one('a')], one('a', { state: 'confirmed', version: 2 }), OPEN)).toEqual([]));
  it('never goes back to an older version', () => expect(merged([one('a', { version: 3 })], one('a', { state: 'rejected' }), OPEN)[0]?.version).toBe(3));
});

describe('following', () => {
  const items = [one('a'), one('b'), one('c')];
  it.each([
    ['a', 'b'],
    ['c', 'a'],
    [null, 'a'],
    ['gone', 'a'],
  ])('after %s comes %s', (id, next) => expect(following(items, id)).toBe(next));
  it('ends', () => expect(following([one('a')], 'a')).toBeNull());
});
