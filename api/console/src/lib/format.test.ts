import { describe, expect, it } from 'vitest';
import { duration, fullMoment, moment, shortMoment, timeOfDay, zoneOffset } from './format';

describe('duration', () => {
  it.each<[number, string, string]>([
    [0.4, '0 秒', '0 s'],
    [59.6, '1 分', '1 min'],
    [372, '6 分 12 秒', '6 min 12 s'],
    [3_660, '1 小时 1 分', '1 h 1 min'],
    [-3, '0 秒', '0 s'],
  ])('%f s', (seconds, zh, en) => expect([duration(seconds, 'zh'), duration(seconds, 'en')]).toEqual([zh, en]));
});

describe('moments', () => {
  const at = new Date(2026, 4, 1, 8, 5, 9);
  const nextDay = new Date(2026, 4, 2, 8, 0, 0);
  it('are times of today', () => expect(moment(at.toISOString(), 'zh', at)).toBe('08:05:09'));
  it('tell the day where it is another', () => {
    expect(moment(at.toISOString(), 'en', nextDay)).toBe('1 May 08:05:09');
    expect(moment(at.toISOString(), 'zh', nextDay)).toBe('5月1日 08:05:09');
  });
  it('are short to the minute', () => expect(shortMoment(at.toISOString(), 'en', nextDay)).toBe('1 May 08:05'));
  it('are full with their zone', () => {
    expect(fullMoment(at.toISOString(), 'zh')).toMatch(/^2026年5月1日 08:05:09 UTC[+−]\d\d:\d\d$/);
    expect(fullMoment(at.toISOString(), 'en')).toMatch(/^1 May 2026 08:05:09 UTC/);
  });
  it('may be missing', () => expect([moment(null, 'zh', at), timeOfDay(undefined, 'en')]).toEqual(['–', '–']));
});

it.each([
  [480, 'UTC+08:00'],
  [0, 'UTC+00:00'],
  [-210, 'UTC−03:30'],
])('%i min east is %s', (minutes, text) => expect(zoneOffset(minutes)).toBe(text));
