/**
 * How the city's map looks: quiet, so that the tickets on it are what is seen first.
 *
 * The same picture is drawn from the layers of Protomaps and of OpenMapTiles, light and dark.
 * There are no `glyphs` and no `sprite`: letters are drawn with the fonts of the machine.
 */
import type {
  ExpressionSpecification as Expression,
  FilterSpecification as Filter,
  LayerSpecification as Layer,
  StyleSpecification,
} from 'maplibre-gl';
import type { Theme } from '../lib/theme.svelte';

export type Schema = 'protomaps' | 'openmaptiles';

interface Colours {
  readonly nothing: string;
  readonly land: string;
  readonly built: string;
  readonly green: string;
  readonly water: string;
  readonly house: string;
  readonly houseEdge: string;
  readonly casing: string;
  readonly path: string;
  readonly minor: string;
  readonly major: string;
  readonly highway: string;
  readonly border: string;
  readonly ink: string;
  readonly quiet: string;
  readonly waterInk: string;
  readonly halo: string;
  readonly help: string;
}

const COLOURS: Readonly<Record<Theme, Colours>> = {
  light: {
    nothing: '#e9ecef',
    land: '#f5f4f1',
    built: '#eceae6',
    green: '#dfeada',
    water: '#bfd5e6',
    house: '#e3e0da',
    houseEdge: '#d2cec7',
    casing: '#cfccc6',
    path: '#d9d5cd',
    minor: '#ffffff',
    major: '#ffffff',
    highway: '#f4e6c4',
    border: '#a8a2b4',
    ink: '#2b313a',
    quiet: '#596270',
    waterInk: '#3d6484',
    halo: '#fbfaf8',
    help: '#9a2906',
  },
  dark: {
    nothing: '#0f1317',
    land: '#191e24',
    built: '#1e242b',
    green: '#1d2f27',
    water: '#14283b',
    house: '#252c35',
    houseEdge: '#2f3741',
    casing: '#12161b',
    path: '#2b323b',
    minor: '#3d4652',
    major: '#515c6a',
    highway: '#544f42',
    border: '#5d5a6d',
    ink: '#dde2e8',
    quiet: '#a3acb9',
    waterInk: '#7fa6c6',
    halo: '#12161b',
    help: '#ffb59d',
  },
};

const PLAIN = ['Noto Sans', 'Segoe UI', 'Roboto', 'DejaVu Sans'];
/** The weight is read from the first name; no such font need exist. */
const HEAVY = ['Noto Sans SemiBold', ...PLAIN];

/** What the tiles are called in the style. */
export const SOURCE = 'city';

const NAME: Expression = ['coalesce', ['get', 'name:id'], ['get', 'name']];

function is(property: string, ...values: string[]): Expression {
  return ['in', ['coalesce', ['get', property], ''], ['literal', values]];
}

const LINES: Filter = ['==', ['geometry-type'], 'LineString'];
const AREAS: Filter = ['==', ['geometry-type'], 'Polygon'];
const POINTS: Filter = ['==', ['geometry-type'], 'Point'];

function both(...those: (Filter | Expression)[]): Filter {
  return ['all', ...those] as Filter;
}

/** Pixels by zoom, growing as the map does. */
function wide(...stops: [zoom: number, width: number][]): Expression {
  return ['interpolate', ['exponential', 1.5], ['zoom'], ...stops.flat()] as Expression;
}

/** One kind of thing: in which layer it is, and which of the layer's things. */
interface Kind {
  readonly layer: string;
  readonly filter?: Filter;
}

/** Where each kind of thing is found. */
interface Found {
  readonly land?: Kind;
  readonly built: readonly Kind[];
  readonly green: readonly Kind[];
  readonly water: Kind;
  readonly streams: Kind;
  readonly houses: Kind;
  readonly paths: Kind;
  readonly rails: Kind;
  readonly minor: Kind;
  readonly major: Kind;
  readonly highways: Kind;
  readonly borders: Kind;
  readonly streetNames: Kind;
  readonly waterNames: readonly Kind[];
  readonly numbers: Kind & { readonly text: string };
  readonly helpers: Kind;
  readonly offices: Kind;
  readonly quarters: Kind;
  readonly villages: Kind;
  readonly cities: Kind;
}

const HELPERS = ['hospital', 'clinic', 'doctors', 'fire_station', 'police'];
const OFFICES = [
  'school',
  'college',
  'university',
  'place_of_worship',
  'townhall',
  'town_hall',
  'marketplace',
  'fuel',
  'bus_station',
  'ferry_terminal',
  'pharmacy',
  'prison',
  'aerodrome',
  'airport',
];
const PARKS = ['park', 'garden', 'cemetery', 'golf_course', 'pitch', 'recreation_ground'];
const WILD = ['wood', 'forest', 'grass', 'grassland', 'scrub', 'wetland', 'nature_reserve'];

const FOUND: Readonly<Record<Schema, Found>> = {
  protomaps: {
    land: { layer: 'earth', filter: AREAS },
    built: [
      {
        layer: 'landuse',
        filter: is('kind', 'hospital', 'school', 'university', 'college', 'industrial', 'military'),
      },
    ],
    green: [
      { layer: 'landcover', filter: is('kind', ...WILD, 'farmland') },
      { layer: 'landuse', filter: is('kind', ...PARKS, ...WILD, 'meadow', 'orchard') },
    ],
    water: { layer: 'water', filter: AREAS },
    streams: { layer: 'water', filter: LINES },
    houses: { layer: 'buildings', filter: AREAS },
    paths: { layer: 'roads', filter: is('kind', 'path', 'other') },
    rails: { layer: 'roads', filter: is('kind', 'rail') },
    minor: { layer: 'roads', filter: is('kind', 'minor_road') },
    major: { layer: 'roads', filter: is('kind', 'major_road', 'medium_road') },
    highways: { layer: 'roads', filter: is('kind', 'highway') },
    borders: { layer: 'boundaries' },
    streetNames: { layer: 'roads', filter: both(LINES, ['!', is('kind', 'rail', 'ferry')]) },
    waterNames: [{ layer: 'water' }],
    numbers: { layer: 'buildings', filter: POINTS, text: 'addr_housenumber' },
    helpers: { layer: 'pois', filter: is('kind', ...HELPERS) },
    offices: { layer: 'pois', filter: is('kind', ...OFFICES) },
    quarters: { layer: 'places', filter: is('kind', 'neighbourhood', 'macrohood') },
    villages: {
      layer: 'places',
      filter: both(is('kind', 'locality'), is('kind_detail', 'village', 'hamlet', 'locality')),
    },
    cities: {
      layer: 'places',
      filter: both(is('kind', 'locality'), [
        '!',
        is('kind_detail', 'village', 'hamlet', 'locality'),
      ]),
    },
  },
  openmaptiles: {
    built: [
      {
        layer: 'landuse',
        filter: is(
          'class',
          ...['residential', 'commercial', 'industrial', 'hospital', 'school', 'university'],
          ...['college', 'military', 'suburb', 'quarter', 'neighbourhood'],
        ),
      },
    ],
    green: [
      { layer: 'landcover', filter: is('class', ...WILD, 'farmland') },
      { layer: 'landuse', filter: is('class', ...PARKS) },
      { layer: 'park', filter: AREAS },
    ],
    water: { layer: 'water' },
    streams: { layer: 'waterway' },
    houses: { layer: 'building' },
    paths: { layer: 'transportation', filter: both(LINES, is('class', 'path', 'track')) },
    rails: { layer: 'transportation', filter: is('class', 'rail', 'transit') },
    minor: {
      layer: 'transportation',
      filter: both(LINES, is('class', 'minor', 'service', 'raceway', 'busway')),
    },
    major: {
      layer: 'transportation',
      filter: both(LINES, is('class', 'primary', 'secondary', 'tertiary')),
    },
    highways: { layer: 'transportation', filter: both(LINES, is('class', 'motorway', 'trunk')) },
    borders: { layer: 'boundary', filter: ['!=', ['get', 'maritime'], 1] },
    streetNames: { layer: 'transportation_name' },
    waterNames: [{ layer: 'waterway' }, { layer: 'water_name' }, { layer: 'water' }],
    numbers: { layer: 'housenumber', text: 'housenumber' },
    helpers: { layer: 'poi', filter: is('class', ...HELPERS) },
    offices: { layer: 'poi', filter: is('class', ...OFFICES) },
    quarters: { layer: 'place', filter: is('class', 'suburb', 'quarter', 'neighbourhood') },
    villages: { layer: 'place', filter: is('class', 'village', 'hamlet', 'island') },
    cities: { layer: 'place', filter: is('class', 'city', 'town') },
  },
};

/** Return the style of a map whose tiles have this schema and lie at that address. */
export function style(schema: Schema, theme: Theme, url: string): StyleSpecification {
  const found = FOUND[schema];
  const colours = COLOURS[theme];
  return {
    version: 8,
    sources: { [SOURCE]: { type: 'vector', url: `pmtiles://${url}` } },
    layers: [
      { id: 'nothing', type: 'background', paint: { 'background-color': ground(found, colours) } },
      ...areas(found, colours),
      ...streets(found, colours),
      ...names(found, colours),
    ],
  };
}

/** Where no layer has the land, all is land. */
function ground(found: Found, colours: Colours): string {
  return found.land ? colours.nothing : colours.land;
}

function of(kind: Kind): { source: string; 'source-layer': string; filter?: Filter } {
  const { layer, filter } = kind;
  return { source: SOURCE, 'source-layer': layer, ...(filter ? { filter } : {}) };
}

function fill(id: string, kind: Kind, colour: string, more: { minzoom?: number } = {}): Layer {
  return { id, type: 'fill', ...of(kind), ...more, paint: { 'fill-color': colour } };
}

function areas(found: Found, colours: Colours): Layer[] {
  return [
    ...(found.land ? [fill('land', found.land, colours.land)] : []),
    ...found.built.map((kind, n) => fill(`built-${n}`, kind, colours.built)),
    ...found.green.map((kind, n) => fill(`green-${n}`, kind, colours.green)),
    line('streams', found.streams, colours.water, wide([8, 0.5], [14, 2], [18, 8])),
    fill('water', found.water, colours.water),
    {
      id: 'houses',
      type: 'fill',
      ...of(found.houses),
      minzoom: 14,
      paint: { 'fill-color': colours.house, 'fill-outline-color': colours.houseEdge },
    },
  ];
}

function line(
  id: string,
  kind: Kind,
  colour: string,
  width: Expression,
  more: { minzoom?: number; dashes?: number[] } = {},
): Layer {
  return {
    id,
    type: 'line',
    ...of(kind),
    ...(more.minzoom === undefined ? {} : { minzoom: more.minzoom }),
    layout: { 'line-cap': more.dashes ? 'butt' : 'round', 'line-join': 'round' },
    paint: {
      'line-color': colour,
      'line-width': width,
      ...(more.dashes ? { 'line-dasharray': more.dashes } : {}),
    },
  };
}

const MINOR = [
  [12, 0.6],
  [14, 2.5],
  [16, 7],
  [19, 30],
] as [number, number][];
const MAJOR = [
  [8, 0.8],
  [12, 2.5],
  [14, 4.5],
  [16, 10],
  [19, 40],
] as [number, number][];
const HIGHWAY = [
  [6, 0.8],
  [10, 2.5],
  [14, 5.5],
  [16, 12],
  [19, 44],
] as [number, number][];

/** A street's edge shows on either side of it. */
function edge(stops: [number, number][]): Expression {
  return wide(...stops.map(([zoom, width]): [number, number] => [zoom, width + 1.6]));
}

function streets(found: Found, colours: Colours): Layer[] {
  return [
    line('paths', found.paths, colours.path, wide([14, 1], [17, 3]), {
      minzoom: 14,
      dashes: [2, 1.5],
    }),
    line('minor-edge', found.minor, colours.casing, edge(MINOR), { minzoom: 13 }),
    line('major-edge', found.major, colours.casing, edge(MAJOR)),
    line('highway-edge', found.highways, colours.casing, edge(HIGHWAY)),
    line('minor', found.minor, colours.minor, wide(...MINOR), { minzoom: 12 }),
    line('major', found.major, colours.major, wide(...MAJOR)),
    line('highway', found.highways, colours.highway, wide(...HIGHWAY)),
    line('rails', found.rails, colours.border, wide([10, 0.6], [16, 2]), { dashes: [4, 2] }),
    line('borders', found.borders, colours.border, wide([6, 0.8], [14, 1.6]), { dashes: [5, 3] }),
  ];
}

interface Written {
  readonly size: Expression | number;
  readonly colour: string;
  readonly font?: string[];
  readonly minzoom?: number;
  readonly along?: boolean;
  readonly below?: boolean;
  readonly text?: Expression;
}

function label(id: string, kind: Kind, colours: Colours, how: Written): Layer {
  return {
    id,
    type: 'symbol',
    ...of(kind),
    ...(how.minzoom === undefined ? {} : { minzoom: how.minzoom }),
    layout: {
      'text-field': how.text ?? NAME,
      'text-font': how.font ?? PLAIN,
      'text-size': how.size,
      'text-max-width': 8,
      ...(how.along
        ? { 'symbol-placement': 'line', 'symbol-spacing': 320, 'text-max-angle': 35 }
        : {}),
      ...(how.below ? { 'text-anchor': 'top', 'text-offset': [0, 0.55] } : {}),
    },
    paint: {
      'text-color': how.colour,
      'text-halo-color': colours.halo,
      'text-halo-width': 1.4,
    },
  } as Layer;
}

function dot(id: string, kind: Kind, colours: Colours, colour: string, minzoom: number): Layer {
  return {
    id,
    type: 'circle',
    ...of(kind),
    minzoom,
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 13, 3.2, 17, 5.5],
      'circle-color': colour,
      'circle-stroke-color': colours.halo,
      'circle-stroke-width': 1.2,
    },
  };
}

/** What is written last is placed first: a city's name gives way to nothing. */
function names(found: Found, colours: Colours): Layer[] {
  const { ink, quiet, waterInk, help } = colours;
  return [
    dot('office', found.offices, colours, quiet, 15),
    dot('helper', found.helpers, colours, help, 12.5),
    label('number', found.numbers, colours, {
      text: ['to-string', ['get', found.numbers.text]],
      size: 10.5,
      colour: quiet,
      minzoom: 17,
    }),
    label('office-name', found.offices, colours, {
      size: 11,
      colour: quiet,
      minzoom: 15.5,
      below: true,
    }),
    label('street-name', found.streetNames, colours, {
      size: ['interpolate', ['linear'], ['zoom'], 13, 10.5, 17, 13],
      colour: ink,
      minzoom: 13.5,
      along: true,
    }),
    ...found.waterNames.flatMap((kind, n) => [
      label(`water-line-name-${n}`, { ...kind, filter: LINES }, colours, {
        size: 12,
        colour: waterInk,
        minzoom: 11,
        along: true,
      }),
      label(
        `water-name-${n}`,
        { ...kind, filter: ['!=', ['geometry-type'], 'LineString'] },
        colours,
        { size: 12, colour: waterInk, minzoom: 10 },
      ),
    ]),
    label('quarter-name', found.quarters, colours, {
      size: 12,
      colour: quiet,
      font: HEAVY,
      minzoom: 11.5,
    }),
    label('village-name', found.villages, colours, { size: 12, colour: ink, minzoom: 10 }),
    label('helper-name', found.helpers, colours, {
      size: 11.5,
      colour: help,
      font: HEAVY,
      minzoom: 13.5,
      below: true,
    }),
    label('city-name', found.cities, colours, {
      size: ['interpolate', ['linear'], ['zoom'], 6, 12, 13, 17],
      colour: ink,
      font: HEAVY,
    }),
  ];
}
