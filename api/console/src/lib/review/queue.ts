// The order of the queue and what a change does to it. Pure: lists in, lists out.
import type { CaseFilter } from '../api/client';
import type { CaseSummary } from '../api/types';

export function matches(summary: CaseSummary, filter: CaseFilter): boolean {
  return (
    (!filter.state || summary.state === filter.state) &&
    (!filter.kind || summary.kind === filter.kind) &&
    (!filter.camera || summary.camera_id === filter.camera)
  );
}

/** Whether somebody else than `me` has the case on the desk. */
export function isOthers(summary: CaseSummary, me: string, now: number): boolean {
  return Boolean(summary.claimed_by && summary.claimed_by !== me && summary.claimed_until && Date.parse(summary.claimed_until) > now);
}

/** Work comes by value, what is looked up by time. */
export const isByValue = (filter: CaseFilter): boolean => !filter.q && (filter.state === 'open' || filter.state === 'disputed');

const moment = (summary: CaseSummary): number => Date.parse(summary.confirmed_at ?? summary.first_seen);

/** Most valuable first while reviewing, newest first otherwise; what was skipped waits at the end. */
export function inOrder(items: readonly CaseSummary[], filter: CaseFilter, skipped: ReadonlySet<string>): CaseSummary[] {
  const byValue = isByValue(filter);
  return [...items].sort(
    (a, b) =>
      Number(skipped.has(a.id)) - Number(skipped.has(b.id)) ||
      (byValue ? b.value - a.value : 0) ||
      moment(b) - moment(a) ||
      a.id.localeCompare(b.id),
  );
}

/** The list after a case came or changed; an older version never replaces a newer one. */
export function merged(items: readonly CaseSummary[], news: CaseSummary, filter: CaseFilter): CaseSummary[] {
  const known = items.find((item) => item.id === news.id);
  if (known && (known.version > news.version || (known.version === news.version && Date.parse(known.updated_at) > Date.parse(news.updated_at)))) {
    return [...items];
  }
  const others = items.filter((item) => item.id !== news.id);
  if (!matches(news, filter) || (filter.q && !known)) return others; // what is searched for, only the server can tell
  return [...others, news];
}

/** The case to look at once `id` is decided or skipped: the one below it, else the first of the others. */
export function following(items: readonly CaseSummary[], id: string | null): string | null {
  const index = items.findIndex((item) => item.id === id);
  if (index < 0) return items[0]?.id ?? null;
  return (items[index + 1] ?? items.find((item) => item.id !== id))?.id ?? null;
}

/** The case to judge after `id`: of those on this desk the one below it, else the first; else of the others likewise. */
export function nextToJudge(items: readonly CaseSummary[], id: string | null, isMine: (id: string) => boolean): string | null {
  const place = items.findIndex((item) => item.id === id);
  const others = [...items.slice(place + 1), ...items.slice(0, Math.max(0, place))];
  return (others.find((item) => isMine(item.id)) ?? others[0])?.id ?? null;
}
