// What can be drawn on a view, under one name: zones, storefront lines and permits as shapes. Pure: documents in, documents out.
import type { Permit, Point, StorefrontLine, ViewDocument, Zone } from '../api/types';
import type { TextKey } from '../i18n/texts';
import { crossesItself, MINIMUM_AREA, signedArea } from './geometry';

export type ShapeType = 'zone' | 'line' | 'permit';
export interface ShapeRef {
  type: ShapeType;
  id: string;
}
export type Shape = ({ type: 'zone' } & Zone) | ({ type: 'line' } & StorefrontLine) | ({ type: 'permit' } & Permit);

const LIST = { zone: 'zones', line: 'lines', permit: 'permits' } as const;
const LETTER: Record<ShapeType, string> = { zone: 'z', line: 'l', permit: 'p' };
export const LEAST_POINTS: Record<ShapeType, number> = { zone: 3, line: 2, permit: 3 };

export const same = (a: ShapeRef | null, b: ShapeRef | null): boolean => a?.type === b?.type && a?.id === b?.id;
export const pointsOf = (shape: Shape): Point[] => (shape.type === 'line' ? shape.points : shape.polygon);

/** All shapes, in the order in which they are drawn: the whole picture has no shape of its own. */
export function shapesOf(document: ViewDocument): Shape[] {
  return [
    ...document.zones.filter((zone) => zone.kind !== 'whole').map((zone) => ({ type: 'zone' as const, ...zone })),
    ...document.permits.map((permit) => ({ type: 'permit' as const, ...permit })),
    ...document.lines.map((line) => ({ type: 'line' as const, ...line })),
  ];
}

export const find = (document: ViewDocument, ref: ShapeRef | null): Shape | null => shapesOf(document).find((shape) => same(shape, ref)) ?? null;

/** What the shop of a line or apron is called: lines name one of the view's shops, or in a view that lists none the shop itself. */
export const shopName = (document: ViewDocument, shop: string | null | undefined): string => document.shops?.find((one) => one.id === shop)?.name ?? shop ?? '';

export function freeId(document: ViewDocument, type: ShapeType): string {
  const taken = new Set(document[LIST[type]].map((item) => item.id));
  let number = 1;
  while (taken.has(`${LETTER[type]}${number}`)) number += 1;
  return `${LETTER[type]}${number}`;
}

/** The calendar day at this computer, as `2026-05-01`. */
function dayOf(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A new shape of these points. With the first zone the whole-picture zone falls away: from now on places are judged by what is drawn. */
export function added(document: ViewDocument, type: ShapeType, points: Point[], today: Date): { document: ViewDocument; ref: ShapeRef } {
  const id = freeId(document, type);
  const ref = { type, id };
  if (type === 'zone') {
    const zones = document.zones.filter((zone) => zone.kind !== 'whole');
    return { ref, document: { ...document, zones: [...zones, { id, kind: 'sidewalk', polygon: points }] } };
  }
  if (type === 'line') return { ref, document: { ...document, lines: [...document.lines, { id, points, outside: 'right' }] } };
  const day = (offset: number): string => dayOf(new Date(today.getFullYear(), today.getMonth(), today.getDate() + offset));
  return { ref, document: { ...document, permits: [...document.permits, { id, polygon: points, from: day(0), until: day(90), hours: ['06:00-22:00'] }] } };
}

export function changed(document: ViewDocument, ref: ShapeRef, change: Record<string, unknown>): ViewDocument {
  const list = document[LIST[ref.type]] as { id: string }[];
  return { ...document, [LIST[ref.type]]: list.map((item) => (item.id === ref.id ? { ...item, ...change } : item)) };
}

export function withPoints(document: ViewDocument, ref: ShapeRef, points: Point[]): ViewDocument {
  return changed(document, ref, ref.type === 'line' ? { points } : { polygon: points });
}

export function removed(document: ViewDocument, ref: ShapeRef): ViewDocument {
  const list = document[LIST[ref.type]] as { id: string }[];
  return { ...document, [LIST[ref.type]]: list.filter((item) => item.id !== ref.id) };
}

export interface Fault {
  ref: ShapeRef;
  text: TextKey;
  values: Record<string, string | number>;
}

const MONTH_DAY = /^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const HOURS = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]|24):[0-5]\d$/;

/** What the registry would refuse, found before it is sent. */
export function faults(document: ViewDocument): Fault[] {
  return shapesOf(document).flatMap((shape) => {
    const ref = { type: shape.type, id: shape.id };
    const fault = (text: TextKey, count = 0): Fault[] => [{ ref, text, values: { id: shape.id, count } }];
    const points = pointsOf(shape);
    if (points.length < LEAST_POINTS[shape.type]) return fault('fault_few', LEAST_POINTS[shape.type]);
    if (shape.type !== 'line' && crossesItself(points)) return fault('fault_crosses');
    if (shape.type !== 'line' && Math.abs(signedArea(points)) < MINIMUM_AREA) return fault('fault_small');
    if (shape.type === 'zone' && shape.name && Boolean(shape.name.zh) !== Boolean(shape.name.en)) return fault('fault_names');
    if (shape.type === 'permit') {
      if (!shape.from || !shape.until || shape.until < shape.from) return fault('fault_dates');
      if (shape.hours?.some((one) => !HOURS.test(one))) return fault('fault_hours');
      const { from = '', until = '' } = shape.season ?? {};
      if ((from || until) && !(MONTH_DAY.test(from) && MONTH_DAY.test(until))) return fault('fault_season');
    }
    return [];
  });
}

/** The document as it is saved: what is empty (names, shops, seasons, sources) is left out. */
export function tidied(document: ViewDocument): ViewDocument {
  const zones = document.zones.map(({ name, ...zone }) => filled(name?.zh && name.en ? { ...zone, name } : zone));
  const lines = document.lines.map(({ shop, ...line }) => (shop ? { ...line, shop } : line));
  const permits = document.permits.map(({ season, ...permit }) => filled(season?.from ? { ...permit, season } : permit));
  return { ...document, zones, lines, permits };
}

/** An item without its empty texts. */
function filled<T extends object>(item: T): T {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== '' && value !== null)) as T;
}
