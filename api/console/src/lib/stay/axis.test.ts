import { describe, expect, it } from 'vitest';
import type { Stay } from '../api/types';
import { layOut } from './axis';

const at = (second: number): string => new Date(Date.UTC(2026, 4, 1, 8, 0, second)).toISOString();
const stay: Stay = {
  first_seen: at(0), last_seen: at(100), confirmed_at: at(80), dwell_seconds: 80, looks: 2, missed: 0, unchanged: 1,
  samples: [
    { at: at(0), monotonic_seconds: 0, status: 'looked' },
    { at: at(50), monotonic_seconds: 50, status: 'unchanged' },
  ],
  gaps: [{ from: at(20), until: at(40), reason: 'restart' }],
};

describe('layOut', () => {
  const axis = layOut(stay, 60);
  it('places samples and gaps', () => {
    expect(axis.marks).toEqual([{ at: 0, status: 'looked', when: at(0), score: null }, { at: 0.5, status: 'unchanged', when: at(50), score: null }]);
    expect(axis.place(Date.parse(at(25)) / 1000)).toBe(0.25);
    expect(axis.place(0)).toBe(0);
    expect(axis.gaps).toEqual([{ from: 0.2, until: 0.4, reason: 'restart' }]);
  });
  it('does not count a gap as dwell', () => expect(axis.limit).toBe(0.8));
  it('shows no limit that was not reached', () => expect(layOut(stay, 600).limit).toBeNull());
  it('stretches to the end of the act', () => expect(layOut(stay, 60, at(200)).confirmed).toBe(0.4));
  it('survives a stay of one moment', () => expect(layOut({ ...stay, last_seen: at(0), confirmed_at: null }, 60).seconds).toBe(1));
});
