// Finds in a case's packets what the page shows: the packet that counts, its clips and its pictures. Pure.
import type { CaseDetail, EvidenceFile, Manifest, Packet } from '../api/types';

export interface Clip {
  role: 'clip_confirmed' | 'clip_suspected';
  original: EvidenceFile;
  /** The H.264 copy that was made because the original is H.265. */
  copy: EvidenceFile | null;
  /** Counted from 1 where the camera changed its parameter sets, which begins a new file; 0 where there is one file. */
  part: number;
}

export interface Picture {
  name: 'first' | 'middle' | 'confirming' | 'closeup' | 'gone';
  file: EvidenceFile | null;
  at: string | null;
}

/** The packet that shows the act best: the latest that is not just its end. */
export function leading(detail: CaseDetail): Packet | null {
  return detail.packets.findLast((packet) => packet.manifest.phase !== 'ended') ?? detail.packets.at(-1) ?? null;
}

export function clips(manifest: Manifest): Clip[] {
  const roles = ['clip_confirmed', 'clip_suspected'] as const;
  return roles.flatMap((role) => {
    const originals = manifest.files.filter((file) => file.role === role);
    return originals.map((original, index) => ({
      role,
      original,
      copy: manifest.files.find((file) => file.role === 'clip_h264' && file.derived_from === original.sha256) ?? null,
      part: originals.length > 1 ? index + 1 : 0,
    }));
  });
}

export function pictures(detail: CaseDetail): Picture[] {
  const packet = leading(detail);
  if (!packet) return [];
  const { stay } = packet.manifest;
  const gone = detail.packets.findLast((one) => one.manifest.phase === 'ended') ?? null;
  const find = (owner: Packet | null, ...roles: string[]): EvidenceFile | null =>
    roles.map((role) => owner?.manifest.files.find((file) => file.role === role)).find(Boolean) ?? null;
  const middle = stay.samples[Math.floor(stay.samples.length / 2)];
  const shown: Picture[] = [
    { name: 'first', file: find(packet, 'snapshot_first'), at: stay.first_seen },
    { name: 'middle', file: find(packet, 'snapshot_middle'), at: middle?.at ?? null },
    { name: 'confirming', file: find(packet, 'snapshot_confirming', 'boxed_confirming'), at: stay.confirmed_at },
    { name: 'closeup', file: find(packet, 'closeup'), at: stay.confirmed_at },
  ];
  if (gone) shown.push({ name: 'gone', file: find(gone, 'snapshot_gone'), at: detail.ended_at });
  return shown;
}
