// Finds in a case's packets what the page shows. Each packet holds its own moment's files (the confirmation the clips, a later look its own picture,
// the end the empty place), so every role is gathered over all of them, from the newest that has it. Where two cameras saw one act, pictures and account
// are the case's own camera's, and the other's clips follow. Pure.
import type { CaseDetail, EvidenceFile, Manifest, Packet, Sample } from '../api/types';
import type { TextKey } from '../i18n/texts';

export interface Clip {
  role: 'clip_confirmed' | 'clip_suspected';
  original: EvidenceFile;
  /** The H.264 copy that was made because the original is H.265. */
  copy: EvidenceFile | null;
  /** Counted from 1 where the camera changed its parameter sets, which begins a new file; 0 where there is one file. */
  part: number;
  /** Of the packet that holds it: the boxes, zones and place that belong to it. */
  manifest: Manifest;
  /** Whether it is of an older packet than the newest of its camera that has clips. */
  older: boolean;
  /** Whether another camera than the case's own made it. */
  elsewhere: boolean;
}

export interface Picture {
  name: 'first' | 'middle' | 'confirming' | 'closeup' | 'continued' | 'gone';
  file: EvidenceFile | null;
  /** When it was taken. */
  at: string | null;
  /** The look that saw this very picture, with its box; none where no look did. */
  look: Sample | null;
  /** Of the packet that holds it. */
  manifest: Manifest | null;
  /** How many pictures of this name the case has; the newest is shown. */
  of: number;
}

const SAME_LOOK_SECONDS = 0.5;

const isEnd = (packet: Packet): boolean => packet.manifest.phase === 'ended';

/** Whether a packet came of the camera whose case it is. */
const isOwn = (detail: CaseDetail, { manifest }: Packet): boolean => manifest.camera.id === detail.camera_id;

/** The packets of the case's own camera; all of them where none is left. */
function own(detail: CaseDetail): Packet[] {
  const packets = detail.packets.filter((packet) => isOwn(detail, packet));
  return packets.length ? packets : detail.packets;
}

/** The packet that shows the act best: the latest of the case's own camera that is not just its end. */
export function leading(detail: CaseDetail): Packet | null {
  const packets = own(detail);
  return packets.findLast((packet) => !isEnd(packet)) ?? packets.at(-1) ?? null;
}

/** The longest account of the stay that the leading packet tells of: an end that follows it tells the looks until then. */
export function account(detail: CaseDetail): Manifest | null {
  const act = leading(detail)?.manifest.act_id;
  return detail.packets.findLast((packet) => packet.manifest.act_id === act)?.manifest ?? null;
}

/** All clips: of the case's own camera first, then of others; of the newest packet first, and of each packet the confirmation before the first sight. */
export function clips(detail: CaseDetail): Clip[] {
  const found: Clip[] = [];
  const mine = own(detail);
  const others = detail.packets.filter((packet) => !mine.includes(packet));
  for (const packet of [...mine.toReversed(), ...others.toReversed()]) {
    const elsewhere = others.includes(packet);
    const older = found.some((one) => one.manifest.camera.id === packet.manifest.camera.id);
    for (const clip of clipsOf(packet.manifest)) {
      if (!found.some((one) => one.original.sha256 === clip.original.sha256)) found.push({ ...clip, older, elsewhere });
    }
  }
  return found;
}

function clipsOf(manifest: Manifest): Omit<Clip, 'older' | 'elsewhere'>[] {
  const roles = ['clip_confirmed', 'clip_suspected'] as const;
  return roles.flatMap((role) => {
    const originals = manifest.files.filter((file) => file.role === role);
    return originals.map((original, index) => ({
      role,
      original,
      copy: manifest.files.find((file) => file.role === 'clip_h264' && file.derived_from === original.sha256) ?? null,
      part: originals.length > 1 ? index + 1 : 0,
      manifest,
    }));
  });
}

export function pictures(detail: CaseDetail): Picture[] {
  // A packet of the end shows the confirming picture again, and as its close-up the empty place.
  const packets = own(detail);
  const ofAct = packets.filter((packet) => !isEnd(packet));
  const ends = packets.filter(isEnd);
  const shown = [
    picture('first', ofAct, ['snapshot_first'], ({ stay }) => stay.first_seen),
    picture('middle', ofAct, ['snapshot_middle'], ({ stay }) => stay.samples[Math.floor(stay.samples.length / 2)]?.at ?? null),
    picture('confirming', [...ends, ...ofAct], ['snapshot_confirming', 'boxed_confirming'], ({ stay }) => stay.confirmed_at),
    picture('closeup', ofAct, ['closeup'], ({ phase, stay }) => (phase === 'continued' ? stay.last_seen : stay.confirmed_at)),
  ];
  const continued = picture('continued', ofAct, ['snapshot_continued'], ({ stay }) => stay.last_seen);
  const gone = picture('gone', ends, ['snapshot_gone'], () => detail.ended_at);
  if (continued.file || ofAct.some(({ manifest }) => manifest.phase === 'continued')) shown.push(continued);
  if (ends.length) shown.push(gone);
  return shown;
}

/** What the page calls a picture; the last one of an act by how that ended, since the thing may stand there still. */
export function captionOf({ name, manifest }: Picture): TextKey {
  return `picture_${name === 'gone' ? (manifest?.ending?.reason ?? name) : name}`;
}

/** The newest picture of these roles in the packets; `otherwise` tells its moment where its file does not. */
function picture(name: Picture['name'], packets: readonly Packet[], roles: readonly string[], otherwise: (manifest: Manifest) => string | null): Picture {
  const having = roles.flatMap((role) => packets.flatMap(({ manifest }) => manifest.files.filter((file) => file.role === role).map((file) => ({ role, file, manifest }))));
  const best = having.filter((one) => one.role === having[0]?.role);
  const newest = best.at(-1);
  const manifest = newest?.manifest ?? packets.at(-1)?.manifest ?? null;
  if (!newest) return { name, file: null, at: null, look: null, manifest, of: 0 };
  const seconds = newest.file.at_seconds;
  const at = seconds == null ? otherwise(newest.manifest) : new Date(Date.parse(newest.manifest.stay.first_seen) + seconds * 1000).toISOString();
  return { name, file: newest.file, at, look: lookAt(newest.manifest, at), manifest, of: new Set(best.map((one) => one.file.sha256)).size };
}

/** The look that saw something at this moment. */
function lookAt(manifest: Manifest, at: string | null): Sample | null {
  if (at === null) return null;
  const apart = (sample: Sample): number => Math.abs(Date.parse(sample.at) - Date.parse(at));
  const seen = manifest.stay.samples.filter((sample) => sample.xyxy && apart(sample) <= SAME_LOOK_SECONDS * 1000);
  return seen.sort((a, b) => apart(a) - apart(b))[0] ?? null;
}
