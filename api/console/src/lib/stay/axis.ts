// Lays a stay out on one axis from 0 (first seen) to 1 (last seen, or the end of the act). Pure.
import type { Stay } from '../api/types';

export interface Mark {
  at: number;
  status: 'looked' | 'unchanged';
  /** When, and with which score where somebody looked. */
  when: string;
  score: number | null;
}

export interface Span {
  from: number;
  until: number;
  reason: string;
}

export interface Axis {
  seconds: number;
  marks: Mark[];
  gaps: Span[];
  confirmed: number | null;
  /** Where the dwell limit falls, counted from the first sight with the gaps left out; null where the stay never reached it. */
  limit: number | null;
  /** The place of a moment on the axis, in seconds since 1970; moments outside lie at its ends. */
  place: (at: number) => number;
}

const seconds = (iso: string): number => Date.parse(iso) / 1000;

export function layOut(stay: Stay, limitSeconds: number | null, endedAt: string | null = null): Axis {
  const start = seconds(stay.first_seen);
  const end = Math.max(seconds(endedAt ?? stay.last_seen), seconds(stay.last_seen), seconds(stay.confirmed_at ?? stay.last_seen), start + 1);
  const place = (at: number): number => Math.min(1, Math.max(0, (at - start) / (end - start)));
  const gaps = stay.gaps.map((gap) => ({ from: seconds(gap.from), until: seconds(gap.until), reason: gap.reason })).sort((a, b) => a.from - b.from);
  const limit = limitSeconds === null ? null : limitMoment(start, limitSeconds, gaps);
  return {
    seconds: end - start,
    marks: stay.samples.map((sample) => ({ at: place(seconds(sample.at)), status: sample.status, when: sample.at, score: sample.score ?? null })),
    gaps: gaps.map((gap) => ({ ...gap, from: place(gap.from), until: place(gap.until) })),
    confirmed: stay.confirmed_at ? place(seconds(stay.confirmed_at)) : null,
    limit: limit !== null && limit <= end ? place(limit) : null,
    place,
  };
}

/** The moment at which `limit` seconds were really dwelt: time in a gap does not count. */
function limitMoment(start: number, limit: number, gaps: readonly { from: number; until: number }[]): number {
  let moment = start + limit;
  for (const gap of gaps) if (gap.from < moment) moment += Math.max(0, gap.until - Math.max(gap.from, start));
  return moment;
}
