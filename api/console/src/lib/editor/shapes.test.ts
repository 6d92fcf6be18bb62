import { describe, expect, it } from 'vitest';
import type { Point, ViewDocument } from '../api/types';
import { added, changed, faults, find, removed, shapesOf, shopName, tidied } from './shapes';
import { begin, push, redo, undo } from './history';

const triangle: Point[] = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]];
const whole: Point[] = [[0, 0], [1, 0], [1, 1], [0, 1]];
const empty: ViewDocument = {
  camera_id: 'c', view_id: 'main', version: 0, time_zone: 'Asia/Shanghai', kinds: {}, lines: [], permits: [],
  zones: [{ id: 'whole', kind: 'whole', polygon: whole }],
};
const today = new Date(2026, 4, 1, 0, 30);

describe('added', () => {
  it('lets the whole picture fall away with the first zone', () => {
    const { document, ref } = added(empty, 'zone', triangle, today);
    expect(document.zones.map((zone) => zone.id)).toEqual(['z1']);
    expect(find(document, ref)?.id).toBe('z1');
  });
  it('finds a free id', () => {
    const once = added(empty, 'line', triangle.slice(0, 2), today).document;
    expect(added(once, 'line', triangle.slice(0, 2), today).ref.id).toBe('l2');
  });
  it('gives a permit dates and hours', () => expect(added(empty, 'permit', triangle, today).document.permits[0]).toMatchObject({ from: '2026-05-01', until: '2026-07-30' }));
});

describe('faults', () => {
  const zone = (polygon: Point[]): ViewDocument => ({ ...empty, zones: [{ id: 'z1', kind: 'sidewalk', polygon }] });
  it.each<[string, ViewDocument, string[]]>([
    ['a triangle is well', zone(triangle), []],
    ['two points are no area', zone(triangle.slice(0, 2)), ['fault_few']],
    ['a bow tie', zone([[0, 0], [1, 1], [1, 0], [0, 1]]), ['fault_crosses']],
    ['three points on one line', zone([[0, 0], [0.5, 0.5], [1, 1]]), ['fault_small']],
    ['a permit that ends before it begins', changed(added(empty, 'permit', triangle, today).document, { type: 'permit', id: 'p1' }, { until: '2026-01-01' }), ['fault_dates']],
    ['hours in words', changed(added(empty, 'permit', triangle, today).document, { type: 'permit', id: 'p1' }, { hours: ['all day'] }), ['fault_hours']],
    ['half a season', changed(added(empty, 'permit', triangle, today).document, { type: 'permit', id: 'p1' }, { season: { from: '05-01', until: '' } }), ['fault_season']],
    ['a season', changed(added(empty, 'permit', triangle, today).document, { type: 'permit', id: 'p1' }, { season: { from: '11-15', until: '03-15' } }), []],
    ['a season emptied again', changed(added(empty, 'permit', triangle, today).document, { type: 'permit', id: 'p1' }, { season: { from: '', until: '' } }), []],
    ['a name in one language', { ...empty, zones: [{ id: 'z1', kind: 'sidewalk', polygon: triangle, name: { zh: '人行道', en: '' } }] }, ['fault_names']],
  ])('%s', (_, document, expected) => expect(faults(document).map((fault) => fault.text)).toEqual(expected));
});

it('removes', () => expect(shapesOf(removed(added(empty, 'zone', triangle, today).document, { type: 'zone', id: 'z1' }))).toEqual([]));
it('leaves empty names out', () => expect(tidied({ ...empty, zones: [{ id: 'z1', kind: 'sidewalk', polygon: triangle, name: { zh: '', en: '' } }] }).zones[0]).not.toHaveProperty('name'));

it('leaves what a permit does not say out, and keeps what the page does not change', () => {
  const drawn = added(empty, 'permit', triangle, today).document;
  const schedule = [{ weekdays: ['workday'], hours: ['18:00-22:00'] }];
  const told = changed(drawn, { type: 'permit', id: 'p1' }, { season: { from: '', until: '' }, source: '', breach: '', holder: '', schedule });
  expect(Object.keys(tidied(told).permits[0]!).sort()).toEqual(['from', 'hours', 'id', 'polygon', 'schedule', 'until']);
  expect(tidied(told).permits[0]!.schedule).toEqual(schedule);
});

it('calls a shop by its name', () => {
  const listed = { ...empty, shops: [{ id: 'fruit', name: '老王水果店' }] };
  expect([shopName(listed, 'fruit'), shopName(empty, '老王水果店'), shopName(listed, null)]).toEqual(['老王水果店', '老王水果店', '']);
});

it('undoes and redoes', () => {
  const history = push(push(begin(1), 2), 3);
  expect(undo(undo(undo(history))).present).toBe(1);
  expect(redo(undo(history)).present).toBe(3);
  expect(redo(push(undo(history), 9)).present).toBe(9);
});
