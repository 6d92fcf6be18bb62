// What a camera's status says in figures. Pure: the moment is an argument.
import type { Camera, CameraStatus } from '../api/types';
import type { TextKey } from '../i18n/texts';

/** Seconds since the camera's last picture, counted on from the moment of the report; null where it never had one. */
export function pictureAge(camera: Camera, nowMs: number): number | null {
  const status = camera.status;
  if (status?.last_picture_at) return Math.max(0, (nowMs - Date.parse(status.last_picture_at)) / 1000);
  if (typeof status?.last_picture_age_seconds !== 'number') return null;
  const sinceReport = camera.status_at ? Math.max(0, (nowMs - Date.parse(camera.status_at)) / 1000) : 0;
  return status.last_picture_age_seconds + sinceReport;
}

/** One thing about how a camera is read: its text, what fills it, how it looks, and a sentence more for who asks. */
export interface Note {
  text: TextKey;
  values?: Record<string, string | number>;
  tone: 'good' | 'info' | 'warn' | '';
  more?: TextKey;
  reason?: string;
}

/** A clock that runs this much off is noticed: 9 s a day. */
const DRIFT_PPM = 100;
const OFFSET_SECONDS = 2;

/** How a camera is read, the dearest and the least safe first; of one that is not read now only who would read it. */
export function wayRead(status: CameraStatus | null): Note[] {
  if (!status?.reader) return [];
  const notes: Note[] = [];
  const reads = status.state === 'live' || status.state === 'stale';
  if (status.reader === 'libav') notes.push({ text: 'way_libav', tone: 'warn', more: status.reader_reason ? 'way_libav_why' : 'way_libav_asked', reason: status.reader_reason ?? undefined });
  if (status.reader === 'file') notes.push({ text: 'way_file', tone: '' });
  if (!reads) return notes;
  if (status.decoded_whole) notes.push({ text: 'way_whole', tone: 'warn', more: 'way_whole_why' });
  if (status.transport) notes.push({ text: status.transport === 'udp' ? 'way_udp' : 'way_tcp', tone: '' });
  if (status.reader !== 'file' && typeof status.encrypted === 'boolean') {
    if (!status.encrypted) notes.push({ text: 'way_plain', tone: '' });
    else if (status.verified) notes.push({ text: 'way_verified', tone: 'good' });
    else notes.push({ text: 'way_unverified', tone: 'info', more: 'way_unverified_why' });
  }
  if (status.main_open) notes.push({ text: 'way_main', tone: 'info' });
  const offset = status.clock_offset_seconds;
  if (typeof offset === 'number' && Math.abs(offset) >= OFFSET_SECONDS) notes.push({ text: offset > 0 ? 'way_clock_ahead' : 'way_clock_behind', values: { seconds: Math.abs(offset).toFixed(1) }, tone: 'warn' });
  const drift = status.clock_drift_ppm;
  if (typeof drift === 'number') notes.push({ text: 'way_drift', values: { ppm: (drift > 0 ? '+' : '') + drift.toFixed(0) }, tone: Math.abs(drift) >= DRIFT_PPM ? 'warn' : '' });
  return notes;
}
