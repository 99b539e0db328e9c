/**
 * The city's map, drawn by MapLibre from the file's tiles. In a chunk of its own, loaded when the
 * first map is shown: it is larger than the rest of the console.
 *
 * It only draws. What hands do is the same here and on the plain grid (`gestures`).
 */
import { addProtocol, Map as Drawn, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
// a file of ours and no `blob:`; a bundle of one file, so that no import of it can fail
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { Protocol } from 'pmtiles';
import type { Theme } from '../lib/theme.svelte';
import { DEEPEST, SHALLOWEST, type Camera } from './camera';
import { SOURCE, style, type Schema } from './style';

setWorkerUrl(worker);
addProtocol('pmtiles', new Protocol().tile);

export interface Source {
  /** Path of the PMTiles file. */
  readonly url: string;
  readonly schema: Schema;
}

export interface Told {
  /** It is drawn, and may be shown in place of the grid. */
  readonly ondrawn: () => void;
  /** Some of it could not be read: the file may have been replaced. */
  readonly onunread: () => void;
  /** It cannot be drawn any more. */
  readonly onlost: () => void;
}

export interface Tiles {
  look(camera: Camera): void;
  dress(theme: Theme): void;
  /** Read again what could not be read. */
  again(): void;
  resize(): void;
  close(): void;
}

/** Draw the map into an element until it is closed. Throws where there is no WebGL. */
export function draw(
  container: HTMLElement,
  source: Source,
  theme: Theme,
  camera: Camera,
  told: Told,
): Tiles {
  const url = new URL(source.url, location.origin).href;
  const map = new Drawn({
    container,
    style: style(source.schema, theme, url),
    ...view(camera),
    minZoom: SHALLOWEST - 1,
    maxZoom: DEEPEST,
    interactive: false,
    attributionControl: false,
    trackResize: false,
    fadeDuration: 0,
    localIdeographFontFamily: false,
  });
  map.getCanvas().setAttribute('aria-hidden', 'true'); // it is told in words beside it
  map.getCanvas().removeAttribute('role');
  let loaded = false;
  let worn = theme;
  map.once('load', () => {
    loaded = true;
    told.ondrawn();
  });
  map.on('error', told.onunread);
  map.on('webglcontextlost', told.onlost);
  return {
    look: (next) => void map.jumpTo(view(next)),
    dress: (next) => {
      if (next === worn) return;
      worn = next;
      map.setStyle(style(source.schema, next, url));
    },
    again: () => {
      if (loaded) map.refreshTiles(SOURCE);
      else map.setStyle(style(source.schema, worn, url), { diff: false });
    },
    resize: () => void map.resize(),
    close: () => map.remove(),
  };
}

function view({ latitude, longitude, zoom }: Camera): { center: [number, number]; zoom: number } {
  return { center: [longitude, latitude], zoom };
}
