// The kinds and the reasons to reject, as the API knows them.
import { kinds } from '../api/client';
import type { Catalogue, Kind } from '../api/types';
import { notices, wordsFor } from '../notices.svelte';

/** As many kinds as there are digits to choose one by. */
const AT_ONCE = 9;

class KnownKinds {
  current = $state.raw<Catalogue | null>(null);

  async read(): Promise<void> {
    try {
      this.current = await kinds();
    } catch (error) {
      notices.show(wordsFor(error), 'warning');
    }
  }

  /** The kinds that one set of digits chooses from; `turn` counts how often the next set was asked for, and after the last comes the first. */
  offered(kindId: string | undefined, turn: number): { kinds: Kind[]; page: number; pages: number } {
    const others = this.others(kindId);
    const pages = Math.max(1, Math.ceil(others.length / AT_ONCE));
    const page = turn % pages;
    return { kinds: others.slice(page * AT_ONCE, (page + 1) * AT_ONCE), page: page + 1, pages };
  }

  /** What a case of this kind might be instead: the kinds it is often confused with first, then those that are judged here, then those that people name. */
  others(kindId: string | undefined): Kind[] {
    const confusion = this.current?.kinds.find((kind) => kind.id === kindId)?.confusion ?? [];
    const rank = (kind: Kind): number => 2 * Number(confusion.includes(kind.id)) + Number(kind.enabled !== false);
    const others = this.current?.kinds.filter((kind) => kind.id !== kindId) ?? [];
    return others.sort((a, b) => rank(b) - rank(a));
  }
}

export const catalogue = new KnownKinds();
