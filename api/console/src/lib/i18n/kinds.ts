// Texts of the page of kinds.
import type { NotJudged, Text } from '../api/types';

export const KIND_TEXTS = {
  kinds: { zh: '类别', en: 'Kinds' },
  kinds_version: { zh: '目录版本 {version}，共 {all} 类，启用 {on} 类', en: 'catalogue {version}: {all} kinds, {on} on' },
  kinds_lead: {
    zh: '每一类中系统无法判断的部分，由审核员看证据判断；括号内为对应的驳回理由。某一案件中实际判断了什么，见该案件的证据。',
    en: 'What of each kind the system cannot judge, a reviewer judges by the evidence; in brackets the reason to reject with. What was judged of one case stands in its evidence.',
  },
  kinds_kind: { zh: '类别', en: 'Kind' },
  kinds_standing: { zh: '证实程度', en: 'How far proven' },
  kinds_not_judged: { zh: '不判断', en: 'Not judged' },
  kinds_on: { zh: '启用', en: 'on' },
  kinds_off: { zh: '未启用', en: 'off' },
  kinds_reason: { zh: '（{reason}）', en: ' ({reason})' },
  standing_proven: { zh: '已证实', en: 'proven' },
  standing_proven_long: { zh: '已用实景照片证实', en: 'Shown on real photographs' },
} as const satisfies Record<string, Text>;

/** Why a part of a kind is not judged: a heading for the parts of each sort. */
export const NOT_JUDGED: Record<NotJudged['why'], Text> = {
  unseen: { zh: '定义中没有手段可识别的部分', en: 'Parts of its definition that nothing shows' },
  nothing: { zh: '没有手段可识别的例外', en: 'Exceptions that nothing shows' },
  unasked: { zh: '本类别不判断的例外：不就此类物体询问复核器', en: 'Exceptions not judged for this kind: the verifier is not asked about its classes' },
};
