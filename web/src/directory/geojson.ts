/** Areas in a GeoJSON file (RFC 7946), as programs that draw maps write them. */
import type { Bounds, Place, Point } from '../map/camera';
import type { Area, Name } from './entries';

export type Geometry = Area['geometry'];

/** One area of a file, with what the file calls it. */
export interface Shape {
  readonly name: Name;
  /** Empty if the file says none. */
  readonly code: string;
  readonly geometry: Geometry;
}

export type Unread =
  'directory.wrong.geojson' | 'directory.wrong.geojson.crs' | 'directory.wrong.geojson.none';

const WGS84 = /CRS:?84|EPSG:{1,2}4326/i;
/** Where files of others have the name; the last ones are those of the national mapping agency. */
const NAMED = ['name', 'nama', 'NAME', 'NAMA', 'NAMOBJ', 'WADMKD', 'WADMKC', 'WADMKK'];

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Return the areas of a file, or what is wrong with it. What is no area in it is left out. */
export function shapesIn(text: string): readonly Shape[] | Unread {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return 'directory.wrong.geojson';
  }
  if (!isObject(given)) return 'directory.wrong.geojson';
  if ('crs' in given && !WGS84.test(JSON.stringify(given['crs'])))
    return 'directory.wrong.geojson.crs';
  const features = Array.isArray(given['features']) ? given['features'] : [given];
  const shapes = features.filter(isObject).flatMap(shapeOf);
  return shapes.length > 0 ? shapes : 'directory.wrong.geojson.none';
}

function shapeOf(feature: Json): Shape[] {
  const geometry = feature['type'] === 'Feature' ? feature['geometry'] : feature;
  if (!isObject(geometry) || !Array.isArray(geometry['coordinates'])) return [];
  const kind = geometry['type'];
  if (kind !== 'Polygon' && kind !== 'MultiPolygon') return [];
  const properties = isObject(feature['properties']) ? feature['properties'] : {};
  const told = (key: string) => {
    const value = properties[key];
    return typeof value === 'string' ? value.trim().slice(0, 80) : '';
  };
  const name = NAMED.map(told).find(Boolean) ?? '';
  const coordinates = geometry['coordinates'] as Geometry['coordinates'];
  return [
    {
      name: { id: told('name_id') || name, en: told('name_en') || name },
      code: told('code'),
      geometry: { type: kind, coordinates },
    },
  ];
}

type Position = readonly [longitude: number, latitude: number];

/** Return the rings of an area: borders and holes alike. What cannot be drawn is left out. */
function rings({ type, coordinates }: Geometry): Position[][] {
  const parts: readonly unknown[] = type === 'Polygon' ? [coordinates] : coordinates;
  const isPosition = (each: unknown): each is Position =>
    Array.isArray(each) && Number.isFinite(each[0]) && Number.isFinite(each[1]);
  return parts
    .flatMap((part) => (Array.isArray(part) ? (part as unknown[]) : []))
    .map((ring) => (Array.isArray(ring) ? ring.filter(isPosition) : []))
    .filter((ring) => ring.length > 0);
}

/** Return the path of an area's border, as SVG has it. */
export function drawn(geometry: Geometry, at: (place: Place) => Point): string {
  return rings(geometry)
    .map((ring) => {
      const points = ring.map(([longitude, latitude]) => {
        const { x, y } = at({ latitude, longitude });
        return `${x.toFixed(1)} ${y.toFixed(1)}`;
      });
      return `M${points.join('L')}Z`;
    })
    .join('');
}

/** Return what an area spans; null if nothing of it can be drawn. */
export function spanned(geometry: Geometry): Bounds | null {
  const bounds = { south: 90, west: 180, north: -90, east: -180 };
  for (const ring of rings(geometry))
    for (const [longitude, latitude] of ring) {
      bounds.south = Math.min(bounds.south, latitude);
      bounds.north = Math.max(bounds.north, latitude);
      bounds.west = Math.min(bounds.west, longitude);
      bounds.east = Math.max(bounds.east, longitude);
    }
  return bounds.south <= bounds.north ? bounds : null;
}
