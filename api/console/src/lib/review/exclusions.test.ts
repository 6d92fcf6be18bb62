import { describe, expect, it } from 'vitest';
import type { Manifest } from '../api/types';
import { exclusionsOf } from './exclusions';

const text = (word: string): { zh: string; en: string } => ({ zh: `${word}（中）`, en: word });
const checked = (id: string, verdict: string, recall: number | null = null): object =>
  ({ id, name: text(id), verdict, shown_by: 'measurement: zones', recall, reason: text(`why ${id}`) });
const manifest = (exclusions: object): Manifest => ({ exclusions }) as unknown as Manifest;
const ids = (told: { id: string }[]): string[] => told.map((one) => one.id);

describe('exclusionsOf', () => {
  it('parts what was judged from what was not, in the order of the packet', () => {
    const told = exclusionsOf(manifest({
      judged: ['permit', 'bay', 'works'], not_judged: ['unloading'], unseen: [text('smoke')],
      checked: [checked('permit', 'does_not_apply'), checked('unloading', 'not_judged'), checked('bay', 'does_not_apply', 0.8), checked('works', 'applies')],
    }));
    expect([ids(told.ruledOut), ids(told.notJudged), ids(told.applies)]).toEqual([['permit', 'bay'], ['unloading', 'unseen-0'], ['works']]);
    expect(told.ruledOut[1]).toEqual({ id: 'bay', name: text('bay'), why: text('why bay'), recall: 0.8 });
    expect(told.notJudged[1]).toMatchObject({ name: text('smoke'), why: null });
  });
  it('reads a packet of an older version, which names ids alone', () =>
    expect(exclusionsOf(manifest({ judged: ['permit'], not_judged: ['unloading', { id: 'queue', reason: text('no class') }] }))).toEqual({
      applies: [], ruledOut: [],
      notJudged: [{ id: 'unloading', name: null, why: null, recall: null }, { id: 'queue', name: null, why: text('no class'), recall: null }],
    }));
  it('of a kind without exclusions there is nothing', () =>
    expect(exclusionsOf(manifest({ judged: [], not_judged: [], checked: [], unseen: [] }))).toEqual({ applies: [], ruledOut: [], notJudged: [] }));
});
