// The kinds and the reasons to reject, as the API knows them.
import { kinds } from '../api/client';
import type { Catalogue, Kind } from '../api/types';
import { notices, wordsFor } from '../notices.svelte';

const MOST_OTHERS = 9;

class KnownKinds {
  current = $state.raw<Catalogue | null>(null);

  async read(): Promise<void> {
    try {
      this.current = await kinds();
    } catch (error) {
      notices.show(wordsFor(error), 'warning');
    }
  }

  /** What a case of this kind might be instead: the kinds it is often confused with first, then those that are judged here, then those that people name. */
  others(kindId: string | undefined): Kind[] {
    const confusion = this.current?.kinds.find((kind) => kind.id === kindId)?.confusion ?? [];
    const rank = (kind: Kind): number => 2 * Number(confusion.includes(kind.id)) + Number(kind.enabled !== false);
    const others = this.current?.kinds.filter((kind) => kind.id !== kindId) ?? [];
    return others.sort((a, b) => rank(b) - rank(a)).slice(0, MOST_OTHERS);
  }
}

export const catalogue = new KnownKinds();
