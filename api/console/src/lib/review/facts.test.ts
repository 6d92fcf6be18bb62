import { describe, expect, it } from 'vitest';
import type { CaseDetail, Manifest, Stay, Text } from '../api/types';
import { factsOf, longestBreak, ruleParts, whyLead } from './facts';

const at = (second: number): string => new Date(Date.UTC(2026, 4, 1, 8, 0, second)).toISOString();
const stay = (seconds: number[], gaps: [number, number][] = []): Stay => ({
  first_seen: at(0), last_seen: at(60), confirmed_at: at(60), dwell_seconds: 60, looks: 4, missed: 0, unchanged: 0, attended_looks: 3, mean_score: 0.5,
  samples: seconds.map((second) => ({ at: at(second), monotonic_seconds: second, status: 'looked' })),
  gaps: gaps.map(([from, until]) => ({ from: at(from), until: at(until), reason: 'nobody looked' })),
});
const manifest = (thresholds: Manifest['rule']['thresholds'], overridden: string[] = []): Manifest =>
  ({ stay: stay([0, 4, 16]), place: { footprint_share: 0.9 }, rule: { thresholds, overridden } }) as unknown as Manifest;

describe('longestBreak', () => {
  it.each<[string, Stay, number]>([
    ['one sample', stay([0]), 0],
    ['the longest of three', stay([0, 4, 16, 20]), 12],
    ['a declared gap is no break', stay([0, 4, 50, 52], [[4, 50]]), 4],
  ])('%s', (_, one, seconds) => expect(longestBreak(one)).toBe(seconds));
});

describe('factsOf', () => {
  it('orders the limits, whatever order the manifest has', () =>
    expect(factsOf(manifest({ attended_share: 0.2, dwell_seconds: 20, grace_seconds: 45 })).map((fact) => [fact.id, fact.seen, fact.atMost])).toEqual([
      ['dwell_seconds', 60, false],
      ['attended_share', 0.75, false],
      ['grace_seconds', 12, true],
    ]));
  it('leaves out what the rule does not ask for', () => expect(factsOf(manifest({ attended_share: 0, line: 'beyond' }))).toEqual([]));
  it('names what the scene changed', () => expect(factsOf(manifest({ minimum_looks: 4 }, ['minimum_looks']))[0]).toMatchObject({ seen: 4, limit: 4, changed: true }));
});

it.each([
  ['摊位停留，超过时长：占地 50%：以上。', '摊位停留，超过时长', '占地 50%：以上。'],
  ['a stall stood: at least 50% at 06:00', 'a stall stood', 'at least 50% at 06:00'],
  ['one sentence alone', 'one sentence alone', ''],
])('%s', (text, headline, conditions) => expect(ruleParts(text)).toEqual({ headline, conditions }));

describe('whyLead', () => {
  const text = (en: string): Text => ({ zh: en, en });
  const packet = (phase: Manifest['phase'], ...lowered: string[]) => ({ manifest: { phase }, lowered: lowered.map(text) });
  const lead = (grade: string, ...packets: unknown[]): string[] => whyLead({ grade, packets } as unknown as CaseDetail).map((one) => one.en);

  it('tells each reason once', () => expect(lead('C', packet('confirmed', 'a', 'b'), packet('confirmed', 'b', 'c'))).toEqual(['a', 'b', 'c']));
  it('does not ask a clip of what goes on', () => expect(lead('C', packet('confirmed', 'a'), packet('continued', 'no clip'), packet('ended', 'no clip'))).toEqual(['a']));
  it('tells of an end that stands alone', () => expect(lead('C', packet('ended', 'no clip'))).toEqual(['no clip']));
  it('is empty of a case', () => expect(lead('B', packet('confirmed', 'a'))).toEqual([]));
});
