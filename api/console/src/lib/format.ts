// Numbers and times as people read them. Pure: the language and the moment are arguments.
import type { Lang } from './api/types';

const LOCALE: Record<Lang, string> = { zh: 'zh-CN', en: 'en-GB' };

/** 372 → "6 分 12 秒" / "6 min 12 s". */
export function duration(seconds: number, lang: Lang): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const units = lang === 'zh' ? ['小时', '分', '秒'] : ['h', 'min', 's'];
  if (hours) return `${hours} ${units[0]} ${minutes} ${units[1]}`;
  if (minutes) return rest ? `${minutes} ${units[1]} ${rest} ${units[2]}` : `${minutes} ${units[1]}`;
  return `${rest} ${units[2]}`;
}

/** The time of day; with the day where it is not today. */
export function moment(iso: string | null | undefined, lang: Lang, now: Date): string {
  if (!iso) return '–';
  const at = new Date(iso);
  const time = timeOfDay(iso, lang);
  return at.toDateString() === now.toDateString() ? time : `${at.toLocaleDateString(LOCALE[lang], { month: 'short', day: 'numeric' })} ${time}`;
}

/** The time of day alone, for where the day is told beside it. */
export function timeOfDay(iso: string | null | undefined, lang: Lang): string {
  return iso ? new Date(iso).toLocaleTimeString(LOCALE[lang], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }) : '–';
}

/** To the minute; with the day where it is not today. */
export function shortMoment(iso: string, lang: Lang, now: Date): string {
  return moment(iso, lang, now).replace(/:\d\d$/, '');
}

/** "UTC+08:00": the offset of this computer's time zone at a moment. */
export function zoneOffset(minutesEast: number): string {
  const size = Math.abs(minutesEast);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `UTC${minutesEast < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

export function fullMoment(iso: string | null | undefined, lang: Lang): string {
  if (!iso) return '–';
  const at = new Date(iso);
  const day = at.toLocaleDateString(LOCALE[lang], { year: 'numeric', month: 'short', day: 'numeric' });
  return `${day} ${timeOfDay(iso, lang)} ${zoneOffset(-at.getTimezoneOffset())}`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
export const short = (hash: string | null | undefined): string => (hash ? hash.slice(0, 8) : '–');

export function kilobytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
