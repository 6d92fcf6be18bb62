import { expect, it } from 'vitest';
import type { CaseDetail, EvidenceFile, Manifest, Packet } from '../api/types';
import { clips, leading, pictures } from './evidence';

const file = (role: string, sha256: string, more: Partial<EvidenceFile> = {}): EvidenceFile => ({
  role, sha256, name: role, bytes: 1, media_type: 'image/jpeg', original: true, ...more,
});

function packet(phase: Manifest['phase'], files: EvidenceFile[]): Packet {
  const stay = { first_seen: 'a', last_seen: 'c', confirmed_at: 'b', dwell_seconds: 1, looks: 1, missed: 0, unchanged: 0, samples: [], gaps: [] };
  return { packet_id: phase, received_at: null, signature: null, receipt: null, manifest: { phase, files, stay } as unknown as Manifest };
}

const confirmed = packet('confirmed', [
  file('clip_confirmed', 'aa'),
  file('clip_suspected', 'bb'),
  file('clip_h264', 'cc', { original: false, derived_from: 'bb' }),
  file('boxed_confirming', 'dd'),
]);
const detail = { ended_at: 'z', packets: [confirmed, packet('ended', [file('snapshot_gone', 'ee')])] } as unknown as CaseDetail;

it('leads with the confirmation, not with the end', () => expect(leading(detail)?.packet_id).toBe('confirmed'));

it('links a copy to the clip it was made from', () => {
  expect(clips(confirmed.manifest).map((clip) => [clip.role, clip.copy?.sha256 ?? null])).toEqual([
    ['clip_confirmed', null],
    ['clip_suspected', 'cc'],
  ]);
});

it('numbers the files of a moment where the camera changed its parameter sets', () => {
  const changed = packet('confirmed', [file('clip_confirmed', 'aa'), file('clip_confirmed', 'bb'), file('clip_suspected', 'cc')]);
  expect(clips(changed.manifest).map((clip) => [clip.role, clip.original.sha256, clip.part])).toEqual([
    ['clip_confirmed', 'aa', 1],
    ['clip_confirmed', 'bb', 2],
    ['clip_suspected', 'cc', 0],
  ]);
});

it('takes the empty place from the ended packet and names what is missing', () => {
  expect(pictures(detail).map((one) => [one.name, one.file?.sha256 ?? null])).toEqual([
    ['first', null],
    ['middle', null],
    ['confirming', 'dd'],
    ['closeup', null],
    ['gone', 'ee'],
  ]);
});
