// Server-sent events. EventSource reconnects by itself and resumes with Last-Event-ID after a line that broke; an answer that refuses (a session
// that ended, a proxy whose server is away) ends it for good, so it is begun anew. After either the caller is told to read anew.
import type { Camera, CaseSummary } from './types';

/** A case went to somebody's desk, or back. */
export type ClaimNews = Pick<CaseSummary, 'id' | 'claimed_by' | 'claimed_until'>;

export interface LiveListener {
  onCase(summary: CaseSummary): void;
  onClaim?(news: ClaimNews): void;
  onCamera?(camera: Camera): void;
  onLine(connected: boolean): void;
  /** The first time that it listens: what was read before may lack what came since. */
  onFirst?(): void;
  onResumed(): void;
  /** The server answered, and refused. */
  onRefused?(): void;
}

const AGAIN_MS = 3000;

export function listen(listener: LiveListener): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wasBroken = false;
  let isFirst = true;
  const begin = (): void => {
    source = new EventSource('/events');
    source.onopen = () => {
      listener.onLine(true);
      if (wasBroken) listener.onResumed();
      else if (isFirst) listener.onFirst?.();
      wasBroken = isFirst = false;
    };
    source.onerror = () => {
      wasBroken = true;
      listener.onLine(false);
      if (source.readyState !== EventSource.CLOSED) return;
      listener.onRefused?.();
      timer = setTimeout(begin, AGAIN_MS);
    };
    for (const name of ['case.created', 'case.updated']) {
      source.addEventListener(name, (event) => listener.onCase(JSON.parse((event as MessageEvent<string>).data) as CaseSummary));
    }
    source.addEventListener('case.claimed', (event) => listener.onClaim?.(JSON.parse((event as MessageEvent<string>).data) as ClaimNews));
    source.addEventListener('camera.status', (event) => listener.onCamera?.(JSON.parse((event as MessageEvent<string>).data) as Camera));
  };
  begin();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
