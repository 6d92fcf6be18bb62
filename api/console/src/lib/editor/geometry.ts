// Plane geometry of the zone editor and of what is drawn over pictures. Pure; y points down, as in a picture.
import type { Point } from '../api/types';

/** Below this share of the picture a polygon is a slip of the hand (the registry refuses it too). */
export const MINIMUM_AREA = 1e-5;

export function signedArea(points: readonly Point[]): number {
  return points.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length]!;
    return sum + x * nextY - nextX * y;
  }, 0) / 2;
}

/** Unit vector to the outside of a directed line, walking from `a` to `b`; with y down the right hand of a walk to the right is below. */
export function outsideNormal(a: Point, b: Point, outside: 'left' | 'right'): Point {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy) || 1;
  return outside === 'right' ? [-dy / length, dx / length] : [dy / length, -dx / length];
}

const side = (p: Point, q: Point, r: Point): number => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);

function meet(a: Point, b: Point, c: Point, d: Point): boolean {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** Whether two edges of the polygon that are not neighbours cross. */
export function crossesItself(points: readonly Point[]): boolean {
  const count = points.length;
  for (let i = 0; i < count; i++) {
    for (let j = i + 2; j < count; j++) {
      if (i === 0 && j === count - 1) continue;
      if (meet(points[i]!, points[(i + 1) % count]!, points[j]!, points[(j + 1) % count]!)) return true;
    }
  }
  return false;
}

export const clampToPicture = ([x, y]: Point): Point => [round(Math.min(1, Math.max(0, x))), round(Math.min(1, Math.max(0, y)))];

/** Four decimals: a fifth of a pixel at 1920. */
const round = (value: number): number => Math.round(value * 10_000) / 10_000;

export const middle = (a: Point, b: Point): Point => [round((a[0] + b[0]) / 2), round((a[1] + b[1]) / 2)];
