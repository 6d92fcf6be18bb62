// The shapes that the case API answers with (see docs/api.md). Times are ISO 8601 with an offset; coordinates are shares of the picture.

export type Lang = 'zh' | 'en';
export type Text = Record<Lang, string>;
export type Point = [number, number];
export type Box = [number, number, number, number];
export type Grade = 'A' | 'B' | 'C';
export type CaseState = 'open' | 'confirmed' | 'rejected' | 'disputed';

export interface CaseSummary {
  id: string;
  number: string | number;
  act_id: string;
  kind: string;
  kind_name: Text;
  grade: Grade;
  camera_id: string;
  camera_name: Text | string | null;
  state: CaseState;
  version: number;
  first_seen: string;
  confirmed_at: string | null;
  last_seen: string;
  ended_at: string | null;
  dwell_seconds: number;
  value: number;
  thumbnail_url: string | null;
  recurrence_of: string | null;
  updated_at: string;
  district: string;
  /** Who has it on the desk, until `claimed_until`; over once that is past. */
  claimed_by: string | null;
  claimed_until: string | null;
  /** Under legal hold. */
  held: boolean;
  erased_at: string | null;
}

export interface Sample {
  at: string;
  monotonic_seconds: number;
  status: 'looked' | 'unchanged';
  xyxy?: Box | null;
  score?: number | null;
  class?: string | null;
}

export interface Gap {
  from: string;
  until: string;
  reason: string;
}

export interface Stay {
  first_seen: string;
  last_seen: string;
  confirmed_at: string | null;
  dwell_seconds: number;
  looks: number;
  missed: number;
  unchanged: number;
  attended_looks?: number | null;
  attended_of?: number | null;
  mean_score?: number | null;
  samples: Sample[];
  gaps: Gap[];
}

export interface EvidenceFile {
  role: string;
  name: string;
  sha256: string;
  bytes: number;
  media_type: string;
  original: boolean;
  derived_from?: string | null;
  recipe?: unknown;
  at_seconds?: number | null;
  clip_requested?: string | null;
  clip_start?: string | null;
  clip_begins?: 'keyframe' | 'recovery' | null;
  picture_seconds?: number[] | null;
}

export interface OverlayBox {
  at_seconds: number;
  /** SHA-256 of the clip it lies in; none: of the only one at confirmation. */
  clip?: string | null;
  xyxy: Box;
  class: string;
  score: number;
}

export interface Zone {
  id: string;
  kind: string;
  name?: Text | null;
  polygon: Point[];
  road_class?: 'main' | 'secondary' | 'branch' | null;
  shop?: string | null;
  /** The same area on the map: longitude and latitude; its corners are the polygon's, in the same order, where it has as many. */
  map_polygon?: Point[] | null;
}

export interface Shop {
  id: string;
  name: string;
  land?: string | null;
}

export interface StorefrontLine {
  id: string;
  shop?: string | null;
  points: Point[];
  outside: 'left' | 'right';
}

export interface Season {
  from: string;
  until: string;
}

export interface Opening {
  season?: Season | null;
  weekdays?: string[];
  except_days?: string[];
  hours?: string[];
}

/** A permit as the registry has it; what the page does not change stays as it is. */
export interface Permit extends Opening {
  id: string;
  polygon: Point[];
  from: string;
  until: string;
  schedule?: Opening[];
  goods?: string[];
  holder?: string | null;
  source?: string | null;
  breach?: string | Record<string, string> | null;
  version?: number;
}

export interface ViewDocument {
  camera_id: string;
  view_id: string;
  version: number;
  zones: Zone[];
  lines: StorefrontLine[];
  permits: Permit[];
  shops?: Shop[];
  time_zone: string;
  kinds: Record<string, Record<string, unknown>>;
}

/** A permit that was asked, as the packet tells it: why it covers or not, what of it was breached, and under which number it wants that. */
export interface PermitChecked {
  id: string;
  version: number;
  verdict: string;
  reason: Text;
  source?: string | null;
  breach?: string | null;
  code?: string | null;
  goods?: { verdict: string; shown_by: string[]; recall?: number | null; reason: Text } | null;
}

export interface Manifest {
  packet_id: string;
  act_id: string;
  phase: 'suspected' | 'confirmed' | 'continued' | 'ended';
  grade: Grade;
  closed_to_a?: { reason: string; text: Text }[];
  kind: { id: string; name: Text; codes: { table: string; code: string }[]; catalogue_version: string };
  camera: { id: string; name?: Text | string | null; gb28181_id?: string | null; lat?: number | null; lon?: number | null; crs?: string | null; address?: string | null };
  view: { id: string; version: number; sha256: string; zones: Zone[]; lines: StorefrontLine[]; shops?: { id: string; name: string; land?: string | null }[] };
  place: { xyxy: Box; zone_ids: string[]; line_id?: string | null; shop?: string | null; in_front_of?: string | null; members?: Member[]; footprint_share?: number | null };
  stay: Stay;
  /** Of an `ended` packet: only of what is `gone` is the place known to be empty. */
  ending?: { reason: 'gone' | 'replaced' | 'unseen' | 'too_few' | 'allowed' | 'breach_over' } | null;
  clocks: {
    arrival?: { wall_synchronised?: boolean | null; max_error_seconds?: number | null; stepped_seconds?: number } | null;
    camera?: { unix_seconds?: number | null; offset_seconds?: number | null } | null;
    kind: 'system' | 'media';
  };
  rule: { id: string; version: string; thresholds: Record<string, number | string | boolean | null>; text: Text; overridden: string[] };
  permit: { checked: PermitChecked[] };
  exclusions: { judged: Named[]; not_judged: Named[]; checked?: ExclusionChecked[]; unseen?: Text[] };
  /** Its thing is quiet, and this alarm is the one in so many that is shown all the same. */
  quiet?: { order: number; case_id: string | null; until: string; one_in: number } | null;
  model: { name: string; version: string; sha256: string; provider: string };
  zoom_look: { agreed: boolean; score: number | null; xyxy?: Box | null } | null;
  files: EvidenceFile[];
  overlay: OverlayBox[];
  worker: { name: string; software: string; software_version: string; boot_id: string };
  chain: { sequence: number; previous_sha256: string | null };
}

/** Something that looks like the kind and is none, and whether it applied. */
export interface ExclusionChecked {
  id: string;
  name: Text;
  verdict: 'applies' | 'does_not_apply' | 'not_judged';
  shown_by: string;
  recall?: number | null;
  reason: Text;
}

/** Another thing of an act of several. */
export interface Member {
  first_seen: string;
  last_seen: string;
  xyxy: Box;
  class: string;
  stands_for: number;
  dwell_seconds: number;
}

/** An exclusion as the packet names it: its id, or more about it. */
export type Named = string | { id: string; verdict?: string; reason?: Text };

export interface Receipt {
  manifest_sha256?: string;
  received_at?: string;
  log_index?: number;
  signature?: { key_id?: string } | null;
}

export interface Packet {
  packet_id: string;
  received_at: string | null;
  manifest: Manifest;
  signature: { algorithm: string; key_id: string } | null;
  receipt: Receipt | null;
  lowered: Text[];
}

export interface Decision {
  at: string;
  by: string;
  action: 'confirm' | 'reject' | 'change_kind' | 'reopen' | 'undo';
  reason?: string | null;
  kind?: string | null;
  note?: string | null;
  version?: number;
  unit?: string | null;
  undone?: boolean;
  /** A first decision that waited, or waits, for a second person who does not know it. */
  sealed?: boolean;
}

export interface Hold {
  at: string;
  by: string;
  reason: string;
  released_at: string | null;
  released_by: string | null;
  release_reason: string | null;
}

/** What was deleted of a case, by which rule; `record` is the signed record once it is done. */
export interface Erasure {
  log_index: number;
  rule: string;
  begun_at: string;
  done_at: string | null;
  record: Record<string, unknown> | null;
  signature: { algorithm: string; key_id: string } | null;
}

/** Once its evidence was deleted a case has no packets, and `erasures` says why. */
export interface CaseDetail extends CaseSummary {
  packets: Packet[];
  decisions: Decision[];
  earlier: CaseSummary[];
  holds: Hold[];
  erasures: Erasure[];
}

export interface DecisionRequest {
  action: Decision['action'];
  version: number;
  reason?: string;
  kind?: string;
  note?: string;
}

export interface Kind {
  id: string;
  name: Text;
  codes: { table: string; code: string }[];
  confusion: string[];
  enabled?: boolean;
  standing?: 'proven' | 'rendered_only' | 'manual';
  not_judged?: NotJudged[];
}

/** A part of a kind that no packet judges: of its definition (`unseen`), or an exception that nothing shows or that the verifier is not asked about here. */
export interface NotJudged {
  name: Text;
  why: 'unseen' | 'nothing' | 'unasked';
  /** The reason with which a reviewer rejects for an exception; null for a part of the definition. */
  reason: string | null;
}

export interface Catalogue {
  version: string;
  kinds: Kind[];
  reasons: { id: string; zh: string; en: string }[];
}

export interface CameraStatus {
  state: 'connecting' | 'live' | 'stale' | 'backing_off' | 'refused' | 'disabled';
  reason?: string | null;
  since?: string | null;
  last_picture_at?: string | null;
  last_picture_age_seconds?: number | null;
  look_lag_seconds?: number | null;
  reconnects?: number | null;
  codec?: string | null;
  clock_offset_seconds?: number | null;
  keyframe_interval_seconds?: number | null;
  drops?: Record<string, number>;
  view_version?: number | null;
  view_id?: string | null;
  view_state?: string | null;
  view_shift?: number | null;
  /** Why nothing is judged; null where it is. */
  paused?: string | null;
  faults?: string[];
  reader?: 'own' | 'libav' | 'file' | null;
  reader_reason?: string | null;
  transport?: 'tcp' | 'udp' | null;
  encrypted?: boolean | null;
  verified?: boolean | null;
  clock_drift_ppm?: number | null;
  decoded_whole?: boolean | null;
  main_open?: boolean | null;
}

export interface Camera {
  camera_id: string;
  name?: Text | string | null;
  public_url?: string | null;
  worker?: string | null;
  status: CameraStatus | null;
  status_at?: string | null;
}

/** Who rejected a thing, why, and in which case. */
export interface Rejection {
  by: string;
  unit: string | null;
  at: string;
  reason: string;
  case_id: string;
  case_number: number;
  log_index: number;
}

/** A thing that is quiet, or was: no alarm is raised about it but one in twenty. */
export interface QuietThing {
  id: number;
  camera_id: string;
  camera_name: Text | string | null;
  district: string;
  view_id: string;
  kind: string;
  kind_name: Text;
  xyxy: Box;
  since: string;
  until: string;
  stands: boolean;
  case_id: string;
  case_number: number;
  thumbnail_url: string | null;
  looks_known: boolean;
  silenced_by: Rejection[];
  /** Alarms that were kept back, and those that were shown all the same. */
  suppressed: number;
  last_suppressed_at: string | null;
  shown: number;
  ended_at: string | null;
  ended_by: string | null;
  ended_why: 'confirmed' | 'withdrawn' | 'by_hand' | 'over' | null;
  ended_reason: string | null;
  log_index: number;
}

export interface Person {
  name: string;
  role: 'reviewer' | 'officer' | 'admin' | 'auditor' | 'worker';
  unit?: string | null;
  districts?: string[];
  /** The password is the one that an administrator gave. */
  must_change?: boolean;
}
