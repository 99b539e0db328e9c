/**
 * What part of the earth is seen, and where in it each place lies (Web Mercator).
 *
 * The map and the plain grid are drawn from the same camera, so that a hand finds the same in both.
 */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Camera extends Place {
  /** As MapLibre counts: the world is 512 pixels wide at 0, and twice as wide at each next. */
  readonly zoom: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Bounds {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

export const SHALLOWEST = 4;
export const DEEPEST = 19;

const WORLD = 512;
/** Where Mercator's square ends. */
const NORTHERNMOST = 85;
const EARTH_RADIUS_M = 6_371_008.8;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (angle: number): number => (angle * 180) / Math.PI;
const within = (value: number, least: number, most: number): number =>
  Math.min(Math.max(value, least), most);

/** Return where a place lies in the world of that zoom, in pixels from its north-western corner. */
function toWorld({ latitude, longitude }: Place, zoom: number): Point {
  const size = WORLD * 2 ** zoom;
  const north = Math.asinh(Math.tan(radians(within(latitude, -NORTHERNMOST, NORTHERNMOST))));
  return { x: (longitude / 360 + 0.5) * size, y: (0.5 - north / (2 * Math.PI)) * size };
}

function fromWorld({ x, y }: Point, zoom: number): Place {
  const size = WORLD * 2 ** zoom;
  return {
    latitude: degrees(Math.atan(Math.sinh((0.5 - y / size) * 2 * Math.PI))),
    longitude: (x / size - 0.5) * 360,
  };
}

/** Return the camera with what cannot be shown left out. */
export function allowed(camera: Camera): Camera {
  return {
    latitude: within(camera.latitude, -NORTHERNMOST, NORTHERNMOST),
    longitude: within(camera.longitude, -180, 180),
    zoom: within(camera.zoom, SHALLOWEST, DEEPEST),
  };
}

/** Return where a place is seen, in pixels from the upper left corner. */
export function project(camera: Camera, size: Size, place: Place): Point {
  const [middle, there] = [toWorld(camera, camera.zoom), toWorld(place, camera.zoom)];
  return { x: there.x - middle.x + size.width / 2, y: there.y - middle.y + size.height / 2 };
}

/** Return the place that is seen there. */
export function unproject(camera: Camera, size: Size, point: Point): Place {
  const middle = toWorld(camera, camera.zoom);
  return fromWorld(
    { x: middle.x + point.x - size.width / 2, y: middle.y + point.y - size.height / 2 },
    camera.zoom,
  );
}

/** Return the camera after what is seen was shifted by so many pixels. */
export function shifted(camera: Camera, x: number, y: number): Camera {
  const middle = toWorld(camera, camera.zoom);
  return allowed({
    ...fromWorld({ x: middle.x - x, y: middle.y - y }, camera.zoom),
    zoom: camera.zoom,
  });
}

/** Return the camera at another zoom, with the place at `point` where it was. */
export function zoomed(camera: Camera, size: Size, zoom: number, point?: Point): Camera {
  const next = allowed({ ...camera, zoom });
  if (point === undefined) return next;
  const moved = project(next, size, unproject(camera, size, point));
  return shifted(next, point.x - moved.x, point.y - moved.y);
}

/** Return the camera from which a circle is seen whole, with room around it. */
export function around(place: Place, radius: number, size: Size): Camera {
  const room = Math.max(Math.min(size.width, size.height) * 0.35, 1);
  const zoom = Math.log2((metresPerPixel(place.latitude, 0) * room) / Math.max(radius, 1));
  return allowed({ ...place, zoom: Math.min(zoom, 16) });
}

/** Return the camera from which all of it is seen, with room around it. */
export function enclosing({ south, west, north, east }: Bounds, size: Size): Camera {
  const first = toWorld({ latitude: north, longitude: west }, 0);
  const last = toWorld({ latitude: south, longitude: east }, 0);
  const [wide, high] = [Math.max(last.x - first.x, 1e-6), Math.max(last.y - first.y, 1e-6)];
  const room = Math.min(size.width / wide, size.height / high) * 0.85;
  const middle = fromWorld({ x: (first.x + last.x) / 2, y: (first.y + last.y) / 2 }, 0);
  return allowed({ ...middle, zoom: Math.log2(Math.max(room, 1)) });
}

export function holds(bounds: Bounds, { latitude, longitude }: Place): boolean {
  const { south, west, north, east } = bounds;
  return south <= latitude && latitude <= north && west <= longitude && longitude <= east;
}

export function metresPerPixel(latitude: number, zoom: number): number {
  return (2 * Math.PI * EARTH_RADIUS_M * Math.cos(radians(latitude))) / (WORLD * 2 ** zoom);
}

/** Return the round length that fits into so many pixels, and how many it takes. */
export function scale(camera: Camera, most: number): { metres: number; width: number } {
  const each = metresPerPixel(camera.latitude, camera.zoom);
  const step = 10 ** Math.floor(Math.log10(each * most));
  const times = [5, 2, 1].find((factor) => factor * step <= each * most) ?? 1;
  return { metres: times * step, width: (times * step) / each };
}

/** Return how far it is from one place to the other, in metres. */
export function distance(one: Place, other: Place): number {
  const [here, there] = [radians(one.latitude), radians(other.latitude)];
  const across = Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
  const along = Math.sin((there - here) / 2) ** 2;
  const part = along + Math.cos(here) * Math.cos(there) * across;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(part));
}

export const WINDS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const;
export type Wind = (typeof WINDS)[number];

/** Return in which direction the other place lies. */
export function wind(one: Place, other: Place): Wind {
  const [here, there] = [toWorld(one, 0), toWorld(other, 0)];
  const turn = Math.atan2(there.x - here.x, here.y - there.y) / (Math.PI / 4);
  return WINDS[(Math.round(turn) + 8) % 8] ?? 'n';
}
