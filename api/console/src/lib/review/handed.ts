// Which files of a case the page asked for. Those that it only read ahead, behind the case on the desk, are told to the server as looked at once they
// come onto the screen; their addresses stay, so that nothing is read twice.
import { author } from '../api/author';
import { fileUrl, type Look } from '../api/evidence';
import { isPassing } from './courier.svelte';

export class Handed {
  #urls = new Map<string, string>();
  #ahead = new Set<string>();

  constructor(readonly caseId: string, readonly looks: Looks) {}

  /** Where to read a file; `seen`: it comes onto the screen at once. */
  url(sha256: string, seen: boolean): string {
    const known = this.#urls.get(sha256);
    if (known) return known;
    if (!seen) this.#ahead.add(sha256);
    const url = fileUrl(this.caseId, sha256, !seen);
    this.#urls.set(sha256, url);
    return url;
  }

  /** They are on the screen now: tells so of those that were read ahead; `version`: of the case itself, if that was. */
  seen(version: number | null): void {
    if (this.#ahead.size || version !== null) this.looks.tell({ caseId: this.caseId, files: [...this.#ahead], version });
  }
}

const AGAIN_MS = 5000;

/** Looks that the server has to hear of; each is told until it is answered. */
export class Looks {
  #waiting: { look: Look; by: string }[] = [];
  #busy = false;

  constructor(readonly send: (look: Look, by: string) => Promise<unknown>) {}

  tell(look: Look): void {
    this.#waiting.push({ look, by: author() });
    void this.#go();
  }

  async #go(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        await this.send(next.look, next.by).catch((error: unknown) => {
          if (isPassing(error)) throw error;
        });
        this.#waiting.shift();
      }
    } catch {
      setTimeout(() => void this.#go(), AGAIN_MS);
    } finally {
      this.#busy = false;
    }
  }
}
