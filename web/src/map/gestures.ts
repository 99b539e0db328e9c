/** What hands do on a map: shift it, zoom it, press on it. Mouse, pen and fingers alike. */
import type { Point } from './camera';

export interface Moves {
  readonly onshift: (x: number, y: number) => void;
  /** By so many zooms, with what is at `at` staying there. */
  readonly onzoom: (by: number, at: Point) => void;
  readonly onpress: (at: Point) => void;
}

/** Pixels that a press may wander and still be one. */
const STILL = 4;
/** Pixels of a wheel that are one zoom. */
const NOTCH = 250;
const LINE = 16;

/** Listen to an element until the returned function is called. */
export function gestures(element: HTMLElement, moves: Moves): () => void {
  const down = new Map<number, Point>();
  let began: Point | null = null;
  let wandered = false;

  const at = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  function press(event: PointerEvent): void {
    if (event.target !== element || event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, at(event));
    wandered = down.size > 1;
    began = at(event);
  }

  function move(event: PointerEvent): void {
    const before = down.get(event.pointerId);
    if (before === undefined || began === null) return;
    const now = at(event);
    if (!wandered && apart(began, now) <= STILL) return;
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, now);
    // what a press wanders before it is no press any more counts too
    const from = wandered ? before : began;
    wandered = true;
    if (other === undefined) {
      moves.onshift(now.x - from.x, now.y - from.y);
      return;
    }
    const middle = between(now, other);
    const earlier = between(before, other);
    moves.onshift(middle.x - earlier.x, middle.y - earlier.y);
    const [wide, narrow] = [apart(now, other), apart(before, other)];
    if (wide > 0 && narrow > 0) moves.onzoom(Math.log2(wide / narrow), middle);
  }

  function lift(event: PointerEvent): void {
    const known = down.delete(event.pointerId);
    if (known && event.type === 'pointerup' && !wandered) moves.onpress(at(event));
    if (down.size === 0) began = null;
  }

  function turn(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
    moves.onzoom((-event.deltaY * pixels) / NOTCH, at(event));
  }

  element.addEventListener('pointerdown', press);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', lift);
  element.addEventListener('pointercancel', lift);
  element.addEventListener('wheel', turn, { passive: false });
  return () => {
    element.removeEventListener('pointerdown', press);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', lift);
    element.removeEventListener('pointercancel', lift);
    element.removeEventListener('wheel', turn);
  };
}

function apart(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function between(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}
