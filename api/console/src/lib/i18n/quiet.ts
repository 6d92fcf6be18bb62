// Texts about things that people have silenced.
import type { Text } from '../api/types';

export const QUIET_TEXTS = {
  quiet: { zh: '静默', en: 'Silenced' },
  quiet_lead: {
    zh: '两人因“固定设施”一类长期原因驳回的物体，30 天内不再告警：只对该物体（类别、外观、轮廓），不对地点；每 20 条被压下的告警仍有 1 条送审，一经确认即恢复告警。',
    en: 'What two people rejected for a standing cause raises no alarm for 30 days: that thing (kind, look, outline), never the place. One in twenty of its alarms is shown for review all the same, and a confirmation ends the silence.',
  },
  quiet_now: { zh: '正在静默', en: 'quiet now' },
  quiet_over: { zh: '已结束', en: 'over' },
  quiet_none: { zh: '没有静默中的物体。', en: 'Nothing is silenced.' },
  quiet_none_over: { zh: '还没有结束的静默。', en: 'No silence has ended yet.' },
  quiet_thing: { zh: '物体', en: 'Thing' },
  quiet_by: { zh: '由谁、为何', en: 'By whom, and why' },
  quiet_time: { zh: '期间', en: 'When' },
  quiet_alarms: { zh: '告警', en: 'Alarms' },
  quiet_from_until: { zh: '{since} 至 {until}', en: '{since} to {until}' },
  quiet_held_back: { zh: '压下 {count}', en: '{count} kept back' },
  quiet_shown: { zh: '送审 {count}', en: '{count} shown' },
  quiet_last: { zh: '最近 {at}', en: 'last {at}' },
  quiet_log: { zh: '日志第 {index} 条', en: 'log entry {index}' },
  quiet_no_look: { zh: '证据未载外观，只有看到它的工作站能认出它', en: 'Its packets do not say what it looks like: only the worker that saw it knows it again' },
  quiet_wake: { zh: '结束静默', en: 'End' },
  quiet_wake_why: { zh: '为何结束？', en: 'Why end it?' },
  quiet_woken: { zh: '已结束静默：{name}', en: '{name} is heard again' },
  quiet_ended_confirmed: { zh: '{at} 由 {by} 确认违规而结束', en: 'ended {at}: {by} confirmed a case' },
  quiet_ended_withdrawn: { zh: '{at} 因 {by} 撤回驳回而结束', en: 'ended {at}: {by} took a rejection back' },
  quiet_ended_by_hand: { zh: '{at} 由 {by} 结束：{reason}', en: 'ended {at} by {by}: {reason}' },
  quiet_ended_over: { zh: '{at} 期满', en: 'ran out {at}' },
  quiet_sample: { zh: '静默抽检', en: 'silenced thing' },
  quiet_sample_long: {
    zh: '此物体已由两人静默；每 {count} 条告警抽 1 条送审。确认即恢复告警，驳回则继续静默。',
    en: 'Two people silenced this thing; one in {count} of its alarms is shown all the same. Accepting it ends the silence, rejecting it lets it stand.',
  },
} as const satisfies Record<string, Text>;
