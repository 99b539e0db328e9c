/** Which lines of latitude and longitude a grid shows. */
import { unproject, type Camera, type Size } from './camera';

export interface Graticule {
  /** Degrees between lines. */
  readonly step: number;
  readonly parallels: readonly number[];
  readonly meridians: readonly number[];
}

/** Pixels that lines are at least apart. */
const APART = 88;

export function graticule(camera: Camera, size: Size): Graticule {
  const first = unproject(camera, size, { x: 0, y: 0 });
  const last = unproject(camera, size, { x: size.width, y: size.height });
  const least = ((last.longitude - first.longitude) / Math.max(size.width, 1)) * APART;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
  return {
    step,
    parallels: multiples(step, last.latitude, first.latitude),
    meridians: multiples(step, first.longitude, last.longitude),
  };
}

function multiples(step: number, from: number, to: number): number[] {
  const [first, last] = [Math.ceil(from / step), Math.floor(to / step)];
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, n) => (first + n) * step);
}

/** Return what stands at a line: its degrees, with as many decimals as its step has. */
export function degreesText(degrees: number, step: number): string {
  const text = degrees.toFixed(Math.max(-Math.floor(Math.log10(step) + 1e-9), 0));
  return `${Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−')}°`;
}
