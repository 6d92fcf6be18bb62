// Texts about a camera's picture and where it looks.
import type { Text } from '../api/types';

/** Where a view's zones lie; only what people should know of. */
export const VIEW_STATES: Record<string, Text> = {
  followed: { zh: '画面略有偏移，区域已跟随', en: 'shifted a little, zones follow' },
  unsure: { zh: '画面有变化，正在核对', en: 'changed, being checked' },
  moved: { zh: '摄像机已移位，区域停用', en: 'camera moved, zones suspended' },
  unrecognised: { zh: '画面与参考图不符，区域停用', en: 'not the view that was drawn, zones suspended' },
};

/** What to do about it. */
export const VIEW_HINTS: Record<string, Text> = {
  followed: { zh: '偏移记入证据包；可择时重画区域。', en: 'Packets say by how much. Draw the zones anew when there is time.' },
  moved: {
    zh: '不产生告警。请把摄像机转回原位，或在当前画面上重画区域并保存。',
    en: 'No alarm leaves it. Turn the camera back, or draw the zones anew on what it shows now, and save.',
  },
  unrecognised: {
    zh: '不产生告警。可能被遮挡、转向，或参考图过旧。请检查摄像机，或重画区域并保存。',
    en: 'No alarm leaves it. It may be covered or turned away, or its reference picture may be too old. Look at the camera, or draw the zones anew and save.',
  },
};

export const PICTURE_FAULTS: Record<string, Text> = {
  lost: { zh: '画面丢失', en: 'picture lost' },
  frozen: { zh: '画面冻结', en: 'picture frozen' },
  dark: { zh: '画面过暗', en: 'too dark' },
  over_exposed: { zh: '过度曝光', en: 'over-exposed' },
  blurred: { zh: '画面模糊', en: 'blurred' },
  covered: { zh: '镜头被遮挡', en: 'lens covered' },
  sprayed: { zh: '镜头部分被涂污', en: 'lens partly sprayed' },
  tilted: { zh: '画面倾斜', en: 'tilted' },
};

/** Faults in which nothing can be judged. */
export const UNSEEING: Text = { zh: '画面看不清，暂不判定', en: 'nothing can be judged in it' };
