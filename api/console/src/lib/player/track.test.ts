import { describe, expect, it } from 'vitest';
import type { OverlayBox } from '../api/types';
import { boxesAt, pictureAt, stepTarget } from './track';

const pictures = [0, 0.04, 0.08, 0.12];
const box = (at_seconds: number): OverlayBox => ({ at_seconds, xyxy: [0, 0, 1, 1], class: 'stall', score: 0.9 });

describe('pictureAt', () => {
  it.each([
    [-1, 0, 'before the clip'],
    [0, 0, 'first picture'],
    [0.0399, 1, 'a rounding error before a picture is that picture'],
    [0.06, 1, 'inside a picture'],
    [9, 3, 'past the end'],
  ])('%f s → %i (%s)', (seconds, index) => expect(pictureAt(pictures, seconds)).toBe(index));
});

describe('stepTarget', () => {
  it('lands inside the next and the previous picture', () => {
    expect(pictureAt(pictures, stepTarget(pictures, 0.045, 1, 0.16))).toBe(2);
    expect(pictureAt(pictures, stepTarget(pictures, 0.045, -1, 0.16))).toBe(0);
  });
  it('stays in the clip', () => {
    expect(stepTarget(pictures, 0, -1, 0.16)).toBeLessThan(0.04);
    expect(pictureAt(pictures, stepTarget(pictures, 0.13, 1, 0.16))).toBe(3);
    expect(stepTarget([], 3.99, 1, 4)).toBe(4);
  });
});

describe('boxesAt', () => {
  const overlay = [box(2), box(2), box(6)];
  it('shows the boxes of the look itself', () => expect(boxesAt(overlay, 2)).toEqual({ boxes: [box(2), box(2)], heldSeconds: 0 }));
  it('holds them until the next look', () => expect(boxesAt(overlay, 5.5)).toEqual({ boxes: [box(2), box(2)], heldSeconds: 3.5 }));
  it('shows the first look ahead of itself as such', () => expect(boxesAt(overlay, 0.5).heldSeconds).toBe(-1.5));
  it('shows nothing where nothing was seen', () => expect(boxesAt([], 1).boxes).toEqual([]));
});
