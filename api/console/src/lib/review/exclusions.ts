// What looks like the kind and is none: what was judged of it, and what a reviewer has to judge. Pure.
import type { Manifest, Named, Text } from '../api/types';

export interface Told {
  id: string;
  /** As the packet names it; null in an old packet, which has the id alone. */
  name: Text | null;
  /** Why, and what shows it; null in an old packet. */
  why: Text | null;
  /** How often its real cases are recognised; null where that was not measured. */
  recall: number | null;
}

export interface ExclusionsTold {
  applies: Told[];
  ruledOut: Told[];
  notJudged: Told[];
}

export function exclusionsOf({ exclusions }: Manifest): ExclusionsTold {
  const { checked } = exclusions;
  if (!checked?.length) return { applies: [], ruledOut: [], notJudged: exclusions.not_judged.map(old) };
  const of = (verdict: string): Told[] =>
    checked.filter((one) => one.verdict === verdict).map((one) => ({ id: one.id, name: one.name, why: one.reason, recall: one.recall ?? null }));
  const unseen = (exclusions.unseen ?? []).map((part, i) => ({ id: `unseen-${i}`, name: part, why: null, recall: null }));
  return { applies: of('applies'), ruledOut: of('does_not_apply'), notJudged: [...of('not_judged'), ...unseen] };
}

function old(one: Named): Told {
  return typeof one === 'string' ? { id: one, name: null, why: null, recall: null } : { id: one.id, name: null, why: one.reason ?? null, recall: null };
}
