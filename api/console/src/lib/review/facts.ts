// What the rule asked for and what was seen of it, as figures; and the rule's words in two parts. Pure.
import type { CaseDetail, Manifest, Stay, Text } from '../api/types';

export interface Fact {
  id: string;
  /** Null where the packet does not tell. */
  seen: number | null;
  limit: number;
  /** Whether the limit is the most that is allowed; else it is the least. */
  atMost: boolean;
  /** Whether the scene changed this limit of the catalogue. */
  changed: boolean;
}

const ORDER = ['dwell_seconds', 'minimum_looks', 'minimum_score', 'minimum_footprint_share', 'attended_share', 'grace_seconds'];

export function factsOf(manifest: Manifest): Fact[] {
  const { thresholds, overridden } = manifest.rule;
  return ORDER.flatMap((id) => {
    const limit = thresholds[id];
    if (typeof limit !== 'number' || (id === 'attended_share' && limit === 0)) return [];
    return [{ id, limit, seen: seen(id, manifest), atMost: id === 'grace_seconds', changed: overridden.includes(id) }];
  });
}

function seen(id: string, { stay, place }: Manifest): number | null {
  switch (id) {
    case 'dwell_seconds':
      return stay.dwell_seconds;
    case 'minimum_looks':
      return stay.looks;
    case 'minimum_score':
      return stay.mean_score ?? null;
    case 'minimum_footprint_share':
      return place.footprint_share ?? null;
    case 'attended_share':
      return typeof stay.attended_looks === 'number' ? stay.attended_looks / Math.max(1, stay.attended_of ?? stay.looks) : null;
    default:
      return longestBreak(stay);
  }
}

/** The longest time in seconds between two keyframes of the stay that showed the thing: what the grace had to bridge. A declared gap is none. */
export function longestBreak({ samples, gaps }: Stay): number {
  const at = (iso: string): number => Date.parse(iso);
  return samples.slice(1).reduce((longest, sample, i) => {
    const before = samples[i]!;
    const isGap = gaps.some((gap) => at(gap.from) >= at(before.at) && at(gap.until) <= at(sample.at));
    return isGap ? longest : Math.max(longest, (at(sample.at) - at(before.at)) / 1000);
  }, 0);
}

/** A rule's text is the kind's name, a colon, and the conditions that were applied: the name is what a reviewer reads first. */
export function ruleParts(text: string): { headline: string; conditions: string } {
  const [, headline, conditions] = /^(.+?)(?:：|: )(.+)$/s.exec(text) ?? [];
  return headline && conditions ? { headline, conditions } : { headline: text, conditions: '' };
}

/** Why a case is only a lead, each reason once: by its confirmations, since what goes on with an act or ends it has no clip. Empty where it is none, and where
 *  its worker claims no more. */
export function whyLead({ grade, packets }: CaseDetail): Text[] {
  if (grade !== 'C') return [];
  const confirmations = packets.filter((packet) => packet.manifest.phase === 'confirmed');
  const bars = (confirmations.length ? confirmations : packets).flatMap((packet) => packet.lowered);
  return bars.filter((bar, i) => bars.findIndex((one) => one.en === bar.en) === i);
}
