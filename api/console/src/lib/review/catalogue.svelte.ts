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

  /** What a case of this kind might be instead: the kinds it is often confused with first. */
  others(kindId: string | undefined): Kind[] {
    const confusion = this.current?.kinds.find((kind) => kind.id === kindId)?.confusion ?? [];
    const others = this.current?.kinds.filter((kind) => kind.id !== kindId && kind.enabled !== false) ?? [];
    return others.sort((a, b) => Number(confusion.includes(b.id)) - Number(confusion.includes(a.id))).slice(0, MOST_OTHERS);
  }
}

export const catalogue = new KnownKinds();
