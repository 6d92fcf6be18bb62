import { describe, expect, it } from 'vitest';
import type { CameraStatus } from '../api/types';
import { wayRead } from './status';

const LIVE: CameraStatus = { state: 'live', reader: 'own', transport: 'tcp', encrypted: false, verified: false, decoded_whole: false, main_open: false };
const texts = (status: CameraStatus | null): string[] => wayRead(status).map((note) => note.text);

describe('how a camera is read', () => {
  it.each<[string, Partial<CameraStatus>, string[]]>([
    ['the common case', {}, ['way_tcp', 'way_plain']],
    ['UDP', { transport: 'udp' }, ['way_udp', 'way_plain']],
    ['TLS, nobody vouched for', { encrypted: true }, ['way_tcp', 'way_unverified']],
    ['TLS, vouched for', { encrypted: true, verified: true }, ['way_tcp', 'way_verified']],
    ['libav', { reader: 'libav', transport: null }, ['way_libav', 'way_plain']],
    ['no keyframes', { decoded_whole: true }, ['way_whole', 'way_tcp', 'way_plain']],
    ['the main stream of two', { main_open: true }, ['way_tcp', 'way_plain', 'way_main']],
    ['a file', { reader: 'file', transport: null }, ['way_file']],
    ['a clock ahead and drifting', { clock_offset_seconds: 61.2, clock_drift_ppm: -140.2 }, ['way_tcp', 'way_plain', 'way_clock_ahead', 'way_drift']],
    ['a good clock', { clock_offset_seconds: -0.4, clock_drift_ppm: 3 }, ['way_tcp', 'way_plain', 'way_drift']],
    ['not read now', { state: 'backing_off' }, []],
    ['not read now, by libav', { state: 'refused', reader: 'libav' }, ['way_libav']],
    ['a worker that does not tell', { reader: undefined }, []],
  ])('%s', (_, change, expected) => {
    expect(texts({ ...LIVE, ...change })).toEqual(expected);
  });

  it('says nothing without a status', () => expect(texts(null)).toEqual([]));

  it('gives the reason for libav, and its own sentence where it was asked for', () => {
    expect(wayRead({ ...LIVE, reader: 'libav', reader_reason: 'the camera offers no H.264 or H.265' })[0]).toMatchObject({ more: 'way_libav_why', reason: 'the camera offers no H.264 or H.265' });
    expect(wayRead({ ...LIVE, reader: 'libav' })[0]).toMatchObject({ more: 'way_libav_asked' });
  });

  it('warns of a clock only where it is far off', () => {
    expect(wayRead({ ...LIVE, clock_drift_ppm: 99 }).at(-1)).toMatchObject({ tone: '', values: { ppm: '+99' } });
    expect(wayRead({ ...LIVE, clock_drift_ppm: -100 }).at(-1)).toMatchObject({ tone: 'warn', values: { ppm: '-100' } });
  });
});
