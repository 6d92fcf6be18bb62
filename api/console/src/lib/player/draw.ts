// Draws zones, storefront lines and boxes over a picture. Coordinates come as shares of the picture, sizes in CSS pixels.
import type { Box, OverlayBox, Point, StorefrontLine, Zone } from '../api/types';
import { outsideNormal } from '../editor/geometry';

export const COLOURS = { zone: '#f2b84b', line: '#ff5d8f', box: '#39d98a', place: '#ffffff', shade: 'rgba(12, 22, 20, 0.72)' } as const;

export interface Scene {
  zones: readonly Zone[];
  lines: readonly StorefrontLine[];
  place: Box | null;
  boxes: readonly OverlayBox[];
  held: boolean;
  label: (box: OverlayBox) => string;
  zoneLabel: (zone: Zone) => string;
}

export interface Layers {
  boxes: boolean;
  zones: boolean;
}

export function draw(context: CanvasRenderingContext2D, width: number, height: number, scene: Scene, layers: Layers): void {
  context.clearRect(0, 0, width, height);
  context.lineJoin = 'round';
  const at = ([x, y]: Point): Point => [x * width, y * height];
  if (layers.zones) {
    for (const zone of scene.zones) if (zone.kind !== 'whole') drawZone(context, zone.polygon.map(at), scene.zoneLabel(zone));
    for (const line of scene.lines) drawLine(context, line.points.map(at), line.outside);
  }
  if (!layers.boxes) return;
  for (const box of scene.boxes) drawBox(context, toPixels(box.xyxy, width, height), scene.label(box), scene.held);
  if (scene.boxes.length === 0 && scene.place) drawBox(context, toPixels(scene.place, width, height), '', true);
}

const toPixels = ([x0, y0, x1, y1]: Box, width: number, height: number): Box => [x0 * width, y0 * height, x1 * width, y1 * height];

function trace(context: CanvasRenderingContext2D, points: readonly Point[], closed: boolean): void {
  context.beginPath();
  points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  if (closed) context.closePath();
}

function drawZone(context: CanvasRenderingContext2D, points: Point[], label: string): void {
  trace(context, points, true);
  context.fillStyle = 'rgba(242, 184, 75, 0.10)';
  context.fill();
  context.strokeStyle = COLOURS.zone;
  context.lineWidth = 1.5;
  context.setLineDash([7, 4]);
  context.stroke();
  context.setLineDash([]);
  const lowest = points.reduce((a, b) => (b[1] > a[1] ? b : a));
  writeLabel(context, label, lowest[0], lowest[1] - 8, COLOURS.zone);
}

function drawLine(context: CanvasRenderingContext2D, points: Point[], outside: 'left' | 'right'): void {
  trace(context, points, false);
  context.strokeStyle = COLOURS.line;
  context.lineWidth = 2.5;
  context.stroke();
  context.lineWidth = 1;
  for (let i = 1; i < points.length; i++) hatch(context, points[i - 1]!, points[i]!, outside);
}

function hatch(context: CanvasRenderingContext2D, a: Point, b: Point, outside: 'left' | 'right'): void {
  const [nx, ny] = outsideNormal(a, b, outside);
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  context.beginPath();
  for (let along = 6; along < length; along += 10) {
    const x = a[0] + ((b[0] - a[0]) * along) / length;
    const y = a[1] + ((b[1] - a[1]) * along) / length;
    context.moveTo(x, y);
    context.lineTo(x + nx * 9, y + ny * 9);
  }
  context.stroke();
}

function drawBox(context: CanvasRenderingContext2D, [x0, y0, x1, y1]: Box, label: string, held: boolean): void {
  context.setLineDash(held ? [6, 4] : []);
  context.strokeStyle = 'rgba(0, 0, 0, 0.55)';
  context.lineWidth = 4;
  context.strokeRect(x0, y0, x1 - x0, y1 - y0);
  context.strokeStyle = COLOURS.box;
  context.lineWidth = 2;
  context.strokeRect(x0, y0, x1 - x0, y1 - y0);
  context.setLineDash([]);
  if (label) writeLabel(context, label, x0, Math.max(16, y0 - 6), COLOURS.box);
}

function writeLabel(context: CanvasRenderingContext2D, text: string, x: number, baseline: number, colour: string): void {
  context.font = '600 12px system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
  const width = context.measureText(text).width + 10;
  const left = Math.max(2, Math.min(x, context.canvas.clientWidth - width - 2));
  context.fillStyle = COLOURS.shade;
  context.fillRect(left, baseline - 13, width, 18);
  context.fillStyle = colour;
  context.fillText(text, left + 5, baseline);
}
