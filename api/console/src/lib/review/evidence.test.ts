import { expect, it } from 'vitest';
import type { CaseDetail, EvidenceFile, Manifest, Packet } from '../api/types';
import { account, captionOf, clips, leading, pictures } from './evidence';

const file = (role: string, sha256: string, more: Partial<EvidenceFile> = {}): EvidenceFile => ({
  role, sha256, name: role, bytes: 1, media_type: 'image/jpeg', original: true, ...more,
});

const minute = (number: number): string => new Date(Date.UTC(2026, 4, 1, 8, number)).toISOString();

function packet(phase: Manifest['phase'], files: EvidenceFile[], last = 6, act = 'act', camera = 'gate-1'): Packet {
  const looked = (number: number) => ({ at: minute(number), monotonic_seconds: 60 * number, status: 'looked', xyxy: [0, 0, 0.01 * number, 1], score: 0.5 });
  const samples = Array.from({ length: last + 1 }, (_, number) => looked(number));
  const stay = { first_seen: minute(0), last_seen: minute(last), confirmed_at: minute(6), dwell_seconds: 1, looks: 1, missed: 0, unchanged: 0, samples, gaps: [] };
  const packet_id = `${phase} ${last}`;
  return { packet_id, manifest: { act_id: act, phase, files, stay, overlay: [], camera: { id: camera } } } as unknown as Packet;
}

const caseOf = (...packets: Packet[]): CaseDetail => ({ camera_id: 'gate-1', ended_at: minute(50), packets }) as unknown as CaseDetail;
const shownOf = (detail: CaseDetail): unknown[] => pictures(detail).map((one) => [one.name, one.file?.sha256 ?? null]);

const confirmed = packet('confirmed', [
  file('clip_confirmed', 'aa'),
  file('clip_suspected', 'bb'),
  file('clip_h264', 'cc', { original: false, derived_from: 'bb' }),
  file('boxed_confirming', 'dd'),
]);
const ended = packet('ended', [file('snapshot_confirming', 'dd'), file('snapshot_gone', 'ee'), file('closeup', 'empty')], 40);
const detail = caseOf(confirmed, ended);

it('leads with the confirmation, not with the end', () => expect(leading(detail)?.packet_id).toBe('confirmed 6'));

it('links a copy to the clip it was made from', () => {
  expect(clips(detail).map((clip) => [clip.role, clip.copy?.sha256 ?? null])).toEqual([
    ['clip_confirmed', null],
    ['clip_suspected', 'cc'],
  ]);
});

it('numbers the files of a moment where the camera changed its parameter sets', () => {
  const changed = packet('confirmed', [file('clip_confirmed', 'aa'), file('clip_confirmed', 'bb'), file('clip_suspected', 'cc')]);
  expect(clips(caseOf(changed)).map((clip) => [clip.role, clip.original.sha256, clip.part])).toEqual([
    ['clip_confirmed', 'aa', 1],
    ['clip_confirmed', 'bb', 2],
    ['clip_suspected', 'cc', 0],
  ]);
});

it('takes the empty place from the ended packet and names what is missing', () => {
  expect(shownOf(detail)).toEqual([
    ['first', null],
    ['middle', null],
    ['confirming', 'dd'],
    ['closeup', null],
    ['gone', 'ee'],
  ]);
});

it.each([
  ['gone', 'picture_gone'],
  ['replaced', 'picture_replaced'],
  ['unseen', 'picture_unseen'],
  ['too_few', 'picture_too_few'],
  ['allowed', 'picture_allowed'],
  ['breach_over', 'picture_breach_over'],
])('says over the last picture of an act that ended as %s no more than that', (reason, caption) => {
  const end = { ...ended, manifest: { ...ended.manifest, ending: { reason } } } as unknown as Packet;
  expect(pictures(caseOf(confirmed, end)).map(captionOf)).toEqual(['picture_first', 'picture_middle', 'picture_confirming', 'picture_closeup', caption]);
});

const whole = packet('confirmed', [
  file('clip_confirmed', 'clip'),
  file('snapshot_first', 'first', { at_seconds: 0 }),
  file('snapshot_middle', 'middle', { at_seconds: 180.2 }),
  file('snapshot_confirming', 'confirming', { at_seconds: 360 }),
  file('closeup', 'near', { at_seconds: 360 }),
]);
const continued = (last: number): Packet =>
  packet('continued', [file('snapshot_confirming', 'confirming', { at_seconds: 360 }), file('snapshot_continued', `later ${last}`, { at_seconds: 60 * last }), file('closeup', `near ${last}`)], last);

it.each([
  ['a look half an hour later', [whole, continued(36)], 'later 36', 'near 36', 1, null],
  ['two of them', [whole, continued(36), continued(66)], 'later 66', 'near 66', 2, null],
  ['the end, whose close-up is of the empty place', [whole, continued(36), ended], 'later 36', 'near 36', 1, 'ee'],
  ['a look after the end', [whole, continued(36), ended, continued(66)], 'later 66', 'near 66', 2, 'ee'],
])('shows each role of the newest packet that has it: %s', (_, packets, later, near, count, gone) => {
  const shown = caseOf(...packets);
  const end = gone ? [['gone', gone]] : [];
  expect(shownOf(shown)).toEqual([['first', 'first'], ['middle', 'middle'], ['confirming', 'confirming'], ['closeup', near], ['continued', later], ...end]);
  expect(pictures(shown)[4]?.of).toBe(count);
  expect(clips(shown).map((clip) => [clip.original.sha256, clip.older])).toEqual([['clip', false]]);
});

it('takes the time of a picture from the picture, and its box from the look that saw it', () => {
  const [first, middle, , , later] = pictures(caseOf(whole, continued(36)));
  expect([first?.at, middle?.at, later?.at]).toEqual([minute(0), new Date(Date.parse(minute(3)) + 200).toISOString(), minute(36)]);
  expect([middle?.look?.xyxy?.[2], later?.look?.xyxy?.[2]]).toEqual([0.03, 0.36]);
});

it('has no box for a picture that no look saw', () => {
  const apart = packet('confirmed', [file('snapshot_first', 'first', { at_seconds: 30 })]);
  expect(pictures(caseOf(apart))[0]?.look).toBeNull();
});

it('shows the clips of every packet, the newest first', () => {
  const again = packet('confirmed', [file('clip_confirmed', 'newer'), file('clip_confirmed', 'clip')], 16, 'another');
  expect(clips(caseOf(whole, again)).map((clip) => [clip.original.sha256, clip.older])).toEqual([['newer', false], ['clip', false]]);
  const apart = packet('confirmed', [file('clip_confirmed', 'newer')], 16, 'another');
  expect(clips(caseOf(whole, apart)).map((clip) => [clip.original.sha256, clip.older])).toEqual([['newer', false], ['clip', true]]);
});

it('tells the stay until its end, and not that of another act', () => {
  expect(account(detail)?.phase).toBe('ended');
  expect(account(caseOf(packet('ended', [], 5, 'another'), whole))?.phase).toBe('confirmed');
});

it('keeps to the case\'s own camera, and lets the clips of another that saw the act follow', () => {
  const there = packet('confirmed', [file('clip_confirmed', 'there'), file('boxed_confirming', 'boxed there')], 20, 'another', 'gate-2');
  const gone = packet('ended', [file('snapshot_gone', 'gone there')], 30, 'another', 'gate-2');
  const both = caseOf(confirmed, there, gone);
  expect(leading(both)?.packet_id).toBe('confirmed 6');
  expect(account(both)?.act_id).toBe('act');
  expect(clips(both).map((clip) => [clip.original.sha256, clip.elsewhere, clip.older])).toEqual([['aa', false, false], ['bb', false, false], ['there', true, false]]);
  expect(shownOf(both)).toContainEqual(['confirming', 'dd']);
  expect(shownOf(both).some((one) => String(one).includes('there'))).toBe(false);
  expect(leading(caseOf(there))?.manifest.camera.id).toBe('gate-2');
});
