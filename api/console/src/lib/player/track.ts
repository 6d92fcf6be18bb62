// Which picture of a clip is shown at a moment, and which boxes belong to it. Pure.
// A box is only known at a look, seconds apart; between looks the last one is held and marked as held, never interpolated:
// a reviewer must not be shown a position that nobody saw.
import type { OverlayBox, Sample } from '../api/types';

const SAME_PICTURE_SECONDS = 0.02;

/** Index of the picture on the screen at `seconds`; 0 before the first. `pictures` rise. */
export function pictureAt(pictures: readonly number[], seconds: number): number {
  let low = 0;
  let high = pictures.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (pictures[middle]! <= seconds + SAME_PICTURE_SECONDS / 2) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A moment safely inside the picture `by` pictures away, for seeking; without picture times a 25th of a second is a picture. */
export function stepTarget(pictures: readonly number[], seconds: number, by: number, duration: number): number {
  if (pictures.length < 2) return Math.min(Math.max(0, seconds + by / 25), duration);
  const index = Math.min(Math.max(0, pictureAt(pictures, seconds) + by), pictures.length - 1);
  const start = pictures[index]!;
  const end = pictures[index + 1] ?? duration;
  return start + Math.min(0.005, Math.max(0, end - start) / 2);
}

export interface ShownBoxes {
  boxes: OverlayBox[];
  /** 0 at the very picture that was looked at; positive: held since; negative: the first look lies ahead. */
  heldSeconds: number;
}

/** The boxes of the latest look at or before `seconds`, or of the first look where none was before. */
export function boxesAt(overlay: readonly OverlayBox[], seconds: number): ShownBoxes {
  if (overlay.length === 0) return { boxes: [], heldSeconds: 0 };
  const moments = [...new Set(overlay.map((box) => box.at_seconds))].sort((a, b) => a - b);
  const at = moments.findLast((moment) => moment <= seconds + SAME_PICTURE_SECONDS) ?? moments[0]!;
  const difference = seconds - at;
  return { boxes: overlay.filter((box) => box.at_seconds === at), heldSeconds: Math.abs(difference) <= SAME_PICTURE_SECONDS ? 0 : difference };
}

/** The box of a look, to be drawn on the picture that it saw; null where it saw nothing. */
export function boxOf(look: Sample): OverlayBox | null {
  return look.xyxy ? { at_seconds: 0, xyxy: look.xyxy, class: look.class ?? '', score: look.score ?? 0 } : null;
}
