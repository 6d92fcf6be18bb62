// Texts about permits: the days on which they hold, what their breach is, and the verdicts on them.
import type { Text } from '../api/types';

export const PERMIT_TEXTS = {
  edit_season_from: { zh: '季节自（月-日）', en: 'Season from (MM-DD)' },
  edit_season_until: { zh: '季节至', en: 'Season until' },
  edit_except: { zh: '除外', en: 'Except' },
  edit_schedule: { zh: '时间表（在 YAML 或接口中修改）', en: 'Schedule (changed as YAML or by the API)' },
  edit_source: { zh: '依据', en: 'Source' },
  edit_breach: { zh: '违反许可按', en: 'Its breach goes as' },
  edit_breach_none: { zh: '不单列', en: 'nothing of its own' },
  edit_breach_mixed: { zh: '各项不同', en: 'different by condition' },
  edit_road: { zh: '道路等级', en: 'Class of road' },
  edit_shop_none: { zh: '未绑定', en: 'bound to none' },
  permit_breach: { zh: '违反许可，按此事项', en: 'a breach of the permit, by this number' },
  fault_season: { zh: '{id}：季节要写成 05-01', en: '{id}: a season looks like 05-01' },
} as const satisfies Record<string, Text>;

/** Days by the State Council's yearly notice. */
export const CALENDAR_DAYS: Record<string, Text> = {
  workday: { zh: '工作日', en: 'working days' },
  day_off: { zh: '休息日', en: 'days off' },
  holiday: { zh: '节假日', en: 'holidays' },
};

export const ROADS: Record<string, Text> = {
  main: { zh: '主干道', en: 'main road' },
  secondary: { zh: '次干道', en: 'secondary road' },
  branch: { zh: '支路、背街小巷', en: 'branch road or lane' },
};

export const BREACHES: Record<string, Text> = {
  '09002': { zh: '09002 早夜市管理问题', en: '09002 permit breached' },
  '09006': { zh: '09006 占道经营', en: '09006 stall on the public way' },
};

export const VERDICTS: Record<string, Text> = {
  covers: { zh: '许可有效', en: 'permitted' },
  outside_area: { zh: '不在许可区', en: 'outside its area' },
  outside_dates: { zh: '不在有效期', en: 'outside its dates' },
  outside_season: { zh: '不在许可季节', en: 'outside its season' },
  outside_hours: { zh: '不在许可时段', en: 'outside its hours' },
  outside_weekdays: { zh: '不在许可星期', en: 'outside its weekdays' },
  on_tactile_paving: { zh: '占压盲道', en: 'on tactile paving' },
  on_forbidden_zone: { zh: '占用禁设区域', en: 'where it never holds' },
  other_goods: { zh: '品类不符', en: 'other goods' },
  not_judged: { zh: '未判断', en: 'not judged' },
};
