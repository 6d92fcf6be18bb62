import { describe, expect, it } from 'vitest';
import type { Point } from '../api/types';
import { clampToPicture, crossesItself, outsideNormal, signedArea } from './geometry';

const square: Point[] = [[0, 0], [1, 0], [1, 1], [0, 1]];
const bowTie: Point[] = [[0, 0], [1, 1], [1, 0], [0, 1]];

describe('polygons', () => {
  it('have an area', () => expect(Math.abs(signedArea(square))).toBe(1));
  it('cross themselves as a bow tie, not as a square', () => {
    expect(crossesItself(bowTie)).toBe(true);
    expect(crossesItself(square)).toBe(false);
  });
});

describe('outsideNormal', () => {
  it.each<[Point, Point, 'left' | 'right', Point]>([
    [[0, 0], [1, 0], 'right', [0, 1]],
    [[0, 0], [1, 0], 'left', [0, -1]],
    [[0, 0], [0, 1], 'right', [-1, 0]],
  ])('from %j to %j, %s', (a, b, outside, expected) => {
    const [x, y] = outsideNormal(a, b, outside);
    expect([x + 0, y + 0]).toEqual(expected);
  });
});

it('keeps points in the picture', () => expect(clampToPicture([-0.2, 1.00001])).toEqual([0, 1]));
