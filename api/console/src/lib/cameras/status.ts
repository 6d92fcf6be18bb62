// What a camera's status says in figures. Pure: the moment is an argument.
import type { Camera } from '../api/types';

/** Seconds since the camera's last picture, counted on from the moment of the report; null where it never had one. */
export function pictureAge(camera: Camera, nowMs: number): number | null {
  const status = camera.status;
  if (status?.last_picture_at) return Math.max(0, (nowMs - Date.parse(status.last_picture_at)) / 1000);
  if (typeof status?.last_picture_age_seconds !== 'number') return null;
  const sinceReport = camera.status_at ? Math.max(0, (nowMs - Date.parse(camera.status_at)) / 1000) : 0;
  return status.last_picture_age_seconds + sinceReport;
}
