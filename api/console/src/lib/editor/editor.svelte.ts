// The zone editor's state for one camera: the document with its history, what is chosen, what is being drawn, and the version it came from.
import * as api from '../api/client';
import type { Point, ViewDocument } from '../api/types';
import { t } from '../i18n/language.svelte';
import { notices, wordsFor } from '../notices.svelte';
import { clampToPicture, middle } from './geometry';
import { begin, push, redo, undo, type History } from './history';
import { added, changed, faults, find, LEAST_POINTS, pointsOf, removed, same, shapesOf, tidied, withPoints, type ShapeRef, type ShapeType } from './shapes';

/** Two points nearer than this share of the picture are one: no hand places them so close on purpose. */
const SAME_POINT = 0.004;

export class Editor {
  history = $state.raw<History<ViewDocument>>(begin(this.#empty()));
  saved = $state.raw<ViewDocument>(this.#empty());
  etag: string | null = null;
  chosen = $state.raw<ShapeRef | null>(null);
  corner = $state<number | null>(null);
  tool = $state<'select' | ShapeType>('select');
  draft = $state.raw<Point[]>([]);
  saving = $state(false);
  conflict = $state(false);
  refusal = $state('');

  document = $derived(this.history.present);
  shapes = $derived(shapesOf(this.document));
  shape = $derived(find(this.document, this.chosen));
  faults = $derived(faults(this.document));
  unsaved = $derived(this.document !== this.saved);

  constructor(readonly cameraId: string) {}

  async load(): Promise<void> {
    try {
      const stored = await api.view(this.cameraId);
      const document = stored.document ?? this.#empty();
      this.etag = stored.etag;
      this.saved = document;
      this.history = begin(document);
      this.chosen = null;
      this.conflict = false;
      this.refusal = '';
    } catch (error) {
      this.refusal = wordsFor(error);
    }
  }

  /** Saves as a new version; `over` takes the place of a version that somebody saved meanwhile. */
  async save(over = false): Promise<void> {
    this.saving = true;
    this.refusal = '';
    try {
      if (over) this.etag = (await api.view(this.cameraId)).etag;
      const stored = await api.saveView(tidied(this.document), this.etag);
      const document = stored.document ?? this.document;
      this.etag = stored.etag ?? (await api.view(this.cameraId)).etag;
      this.saved = document;
      this.history = begin(document);
      this.conflict = false;
      notices.show(t('edit_saved', { version: document.version }), 'good');
    } catch (error) {
      this.conflict = error instanceof api.ApiError && error.status === 412;
      this.refusal = this.conflict ? '' : wordsFor(error);
    } finally {
      this.saving = false;
    }
  }

  take(tool: 'select' | ShapeType): void {
    this.tool = tool;
    this.draft = [];
    if (tool !== 'select') this.chosen = null;
  }

  choose(ref: ShapeRef | null): void {
    this.chosen = ref;
    this.corner = null;
  }

  /** Adds a point to what is being drawn; the second click of a double click is no point of its own. */
  place(point: Point): void {
    const last = this.draft.at(-1);
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < SAME_POINT) return;
    this.draft = [...this.draft, clampToPicture(point)];
  }

  finish(): void {
    const type = this.tool;
    if (type === 'select' || this.draft.length < LEAST_POINTS[type]) return;
    const { document, ref } = added(this.document, type, this.draft, new Date());
    this.history = push(this.history, document);
    this.take('select');
    this.choose(ref);
  }

  change(change: Record<string, unknown>): void {
    if (this.chosen) this.history = push(this.history, changed(this.document, this.chosen, change));
  }

  /** Moves a corner; while dragging, the steps between are one change. */
  moveCorner(index: number, to: Point, continues: boolean): void {
    if (!this.shape || !this.chosen) return;
    const points = pointsOf(this.shape).map((point, i) => (i === index ? clampToPicture(to) : point));
    const document = withPoints(this.document, this.chosen, points);
    this.history = continues ? { ...this.history, present: document } : push(this.history, document);
    this.corner = index;
  }

  insertAfter(index: number): void {
    if (!this.shape || !this.chosen) return;
    const points = pointsOf(this.shape);
    const between = middle(points[index]!, points[(index + 1) % points.length]!);
    this.history = push(this.history, withPoints(this.document, this.chosen, points.toSpliced(index + 1, 0, between)));
    this.corner = index + 1;
  }

  /** Removes the corner at hand, or the shape where no corner is or too few would be left. */
  remove(): void {
    if (!this.shape || !this.chosen) return;
    const points = pointsOf(this.shape);
    if (this.corner !== null && points.length > LEAST_POINTS[this.shape.type]) {
      this.history = push(this.history, withPoints(this.document, this.chosen, points.toSpliced(this.corner, 1)));
      this.corner = null;
      return;
    }
    this.removeShape();
  }

  removeShape(): void {
    if (!this.chosen) return;
    this.history = push(this.history, removed(this.document, this.chosen));
    this.choose(null);
  }

  undo(): void {
    if (this.draft.length) this.draft = this.draft.slice(0, -1);
    else this.history = undo(this.history);
  }

  redo(): void {
    this.history = redo(this.history);
  }

  isChosen = (ref: ShapeRef): boolean => same(ref, this.chosen);

  #empty(): ViewDocument {
    return { camera_id: this.cameraId, view_id: 'main', version: 0, zones: [], lines: [], permits: [], time_zone: 'Asia/Shanghai', kinds: {} };
  }
}
