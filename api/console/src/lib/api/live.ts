// Server-sent events. EventSource reconnects by itself and resumes with Last-Event-ID; after a break the caller is told to read anew.
import type { Camera, CaseSummary } from './types';

export interface LiveListener {
  onCase(summary: CaseSummary): void;
  onCamera?(camera: Camera): void;
  onLine(connected: boolean): void;
  onResumed(): void;
}

export function listen(listener: LiveListener): () => void {
  const source = new EventSource('/events');
  let wasBroken = false;
  source.onopen = () => {
    listener.onLine(true);
    if (wasBroken) listener.onResumed();
    wasBroken = false;
  };
  source.onerror = () => {
    wasBroken = true;
    listener.onLine(false);
  };
  for (const name of ['case.created', 'case.updated']) {
    source.addEventListener(name, (event) => listener.onCase(JSON.parse((event as MessageEvent<string>).data) as CaseSummary));
  }
  source.addEventListener('camera.status', (event) => listener.onCamera?.(JSON.parse((event as MessageEvent<string>).data) as Camera));
  return () => source.close();
}
