import { expect, test } from 'vitest';
import { wrongAddress } from '../src/directory/addresses';
import { compared, megabytes, wholeOf, type Whole } from '../src/directory/differences';
import { doubtsOfAgency, doubtsOfType } from '../src/directory/doubts';
import {
  newAgency,
  newType,
  same,
  slug,
  written,
  type Agency,
  type IncidentType,
} from '../src/directory/entries';
import { drawn, shapesIn, spanned, type Shape } from '../src/directory/geojson';
import { hoursOf, week } from '../src/directory/hours';
import { ladder } from '../src/directory/ladder';
import { rebased } from '../src/directory/rebase';
import {
  fieldName,
  points,
  told,
  toldDoubt,
  toldPlan,
  type Speech,
} from '../src/directory/telling';
import { tidy } from '../src/directory/tidy';
import { planOf, rows } from '../src/directory/tree';
import { faultsIn, fieldOf, wrongAgency, wrongCode, wrongFrom } from '../src/directory/wrong';
import { Refused } from '../src/lib/api/problem';
import { say } from '../src/lib/i18n/words';

const agency = (changed: Partial<Agency> = {}): Agency => ({
  ...newAgency(),
  code: 'pmi',
  name: { id: 'PMI', en: 'Red Cross' },
  channels: [{ kind: 'voice', address: '113' }],
  ...changed,
});
const speech: Speech = {
  t: (key, values) => say('en', key, values),
  nameOf: (part, code) => `${part} ${code}`,
  severityName: (code) => code.toUpperCase(),
};

test('a code is made of a name as the service makes it', () => {
  expect(slug('Jekan Raya')).toBe('jekan_raya');
  expect(slug('  Pós № 7 — Utara! ')).toBe('pos_no_7_utara');
  expect(slug('消防')).toBe('');
  expect(slug('a'.repeat(31) + ' bc')).toBe('a'.repeat(31));
});

test('two say the same in whatever order their members stand', () => {
  expect(same({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
  expect(written({ code: 'x', version: 3 })).toEqual({ code: 'x' });
});

test('what they alone changed is taken, what we alone changed stays, of both a person decides', () => {
  const base = { code: 'x', name: 'a', area: null as string | null, kind: 'fire', active: true };
  const mine = { ...base, name: 'mine', kind: 'sar', active: false };
  const theirs = { ...base, area: 'north', kind: 'police', active: false };
  expect(rebased(base, mine, theirs)).toEqual({
    mine: { code: 'x', name: 'mine', area: 'north', kind: 'sar', active: false },
    clashes: [{ field: 'kind', theirs: 'police' }],
  });
});

test.each([
  ['voice', '113', true],
  ['voice', '0812 555', false],
  ['sms', '+628125550123', true],
  ['sms', '113#', false],
  ['whatsapp', '08125550123', false],
  ['whatsapp', '628125550123', true],
  ['email', 'piket@damkar.example.org', true],
  ['email', 'piket@damkar', false],
  ['telegram', '-1001234567890', true],
  ['telegram', '@damkar_pky', true],
  ['telegram', 'damkar', false],
  ['webhook', 'https://damkar.example.org/sip112', true],
  ['webhook', 'ftp://damkar.example.org', false],
  ['webhook', 'https://', false],
  ['cap', 'http://127.0.0.1:8080/cap', true],
  ['cap', 'http://exa mple.org', false],
  ['webhook', 'https://user:secret@damkar.example.org/', false],
  ['relay', 'whoever is at the radio', true],
] as const)('an address of %s: %s', (kind, address, usable) => {
  expect(wrongAddress(kind, address) === null).toBe(usable);
});

test('hours are read as people write them, and a night goes on into the next day', () => {
  const empty = week([]);
  const { hours, wrong } = hoursOf({
    ...empty,
    monday: '08.00-12.00, 13:00 – 16:00',
    sunday: '20–06:30',
    tuesday: '00:00-24:00',
  });
  expect(wrong).toEqual([]);
  expect(hours).toEqual([
    { day: 'monday', opens: '00:00', closes: '06:30' },
    { day: 'monday', opens: '08:00', closes: '12:00' },
    { day: 'monday', opens: '13:00', closes: '16:00' },
    { day: 'tuesday', opens: '00:00', closes: '24:00' },
    { day: 'sunday', opens: '20:00', closes: '24:00' },
  ]);
  expect(week(hours).monday).toBe('00:00–06:30, 08:00–12:00, 13:00–16:00');
  expect(hoursOf({ ...empty, friday: '22:00-00:00' }).hours).toEqual([
    { day: 'friday', opens: '22:00', closes: '24:00' },
  ]);
});

test.each(['always', '8-', '25:00-26:00', '08:75-09:00', '08:00-08:00', '24:00-06:00'])(
  'hours that cannot be read: %s',
  (line) => {
    expect(hoursOf({ ...week([]), monday: line, friday: '08-09' })).toEqual({
      hours: [{ day: 'friday', opens: '08:00', closes: '09:00' }],
      wrong: ['monday'],
    });
  },
);

test('an agency is told by each channel in order, and by each its contacts; nobody twice', () => {
  const contact = { name: 'Piket', addresses: { sms: '0812', voice: '0813' } };
  const rungs = ladder(
    agency({
      channels: [
        { kind: 'sms', address: ' 0811 ' },
        { kind: 'account', address: '' },
        { kind: 'sms', address: '' },
        { kind: 'voice', address: '' },
      ],
      contacts: [contact, { name: 'Kosong', addresses: { sms: ' ' } }],
    }),
  );
  expect(rungs.map((each) => Object.values(each).join(' '))).toEqual([
    'sms 0811 ',
    'sms 0812 Piket',
    'account  ',
    'voice 0813 Piket',
  ]);
});

test('what is sent has no space around words, and no field that was left empty', () => {
  const tidied = tidy(
    agency({
      name: { id: ' PMI ', en: 'Red Cross' },
      contacts: [{ name: ' Piket', addresses: { sms: ' 0812 ', voice: '' } }],
      channels: [
        { kind: 'sms', address: ' ' },
        { kind: 'account', address: 'x' },
      ],
    }),
  );
  expect(tidied.name.id).toBe('PMI');
  expect(tidied.contacts).toEqual([{ name: 'Piket', addresses: { sms: '0812' } }]);
  expect(tidied.channels.map(({ address }) => address)).toEqual(['', '']);
});

test('what is wrong with an agency is said by its field', () => {
  expect(wrongAgency(agency())).toEqual({});
  const wrong = wrongAgency(
    agency({
      name: { id: ' ', en: 'x' },
      contacts: [
        { name: '', addresses: { sms: '12a' } },
        { name: 'Piket', addresses: {} },
      ],
      channels: [
        { kind: 'voice', address: '' },
        { kind: 'sms', address: '' },
        { kind: 'account', address: '' },
        { kind: 'webhook', address: 'x' },
      ],
    }),
  );
  expect(Object.keys(wrong).sort()).toEqual([
    'channels.0.address',
    'channels.3.address',
    'contacts.0.addresses.sms',
    'contacts.0.name',
    'contacts.1',
    'name.id',
  ]);
  expect(wrongCode('PMI', [])).toEqual({ code: 'directory.wrong.code' });
  expect(wrongCode('pmi', ['pmi'])).toEqual({ code: 'directory.wrong.code.exists' });
  expect(wrongCode('pmi', ['sar'])).toEqual({});
});

test('what the service refuses is said beside its field, or by itself', () => {
  const PLACE = { latitude: -2.21, longitude: 113.92 };
  const fault = (where: string) => ({ where, detail: 'bad', remedy: 'mend it', place: PLACE });
  const faults = [fault('agencies[3].channels[0].address'), fault('incident_types[1].plan[0]')];
  const faulty = new Refused(422, 'directory-faulty', '', '', { faults });
  expect(faultsIn(faulty).map(fieldOf)).toEqual(['channels.0.address', 'plan.0']);
  const { wrong, others } = wrongFrom(faulty, (field) => field.startsWith('channels'));
  expect(wrong).toEqual({ 'channels.0.address': { text: 'bad; mend it', place: PLACE } });
  expect(others).toEqual([faults[1]]);
  const errors = [{ where: 'body', field: 'name.id', detail: 'long', remedy: '' }];
  const invalid = new Refused(422, 'invalid', '', '', { errors });
  expect(wrongFrom(invalid, () => true).wrong).toEqual({
    'name.id': { text: 'long', place: null },
  });
  expect(faultsIn(new Refused(503, 'store-unavailable', '', ''))).toEqual([]);
});

test.each([
  ['name', { id: 'Api', en: 'Fire' }, 'Api / Fire'],
  ['name', { id: 'SAR', en: 'SAR' }, 'SAR'],
  ['kind', 'fire', 'Fire'],
  ['area', null, 'Everywhere'],
  ['area', 'north', 'area north'],
  ['parent', 'fire', 'type fire'],
  ['severity', 'high', 'HIGH'],
  ['active', false, 'Inactive'],
  ['hours', [], 'Always'],
  ['hours', [{ day: 'friday', opens: '08:00', closes: '12:00' }], 'Friday 08:00–12:00'],
  ['channels', [{ kind: 'voice', address: '113' }], 'Telephone 113'],
  ['contacts', [{ name: 'Piket', addresses: { sms: '0812' } }], 'Piket: SMS 0812'],
  ['contacts', [], 'nothing'],
  ['plan', null, 'As its parent'],
  ['plan', [], 'Nobody'],
  [
    'geometry',
    {
      type: 'Polygon',
      coordinates: [
        [
          [1, 2],
          [3, 4],
          [5, 6],
          [1, 2],
        ],
      ],
    },
    '4 points',
  ],
] as const)('a field in words: %s %j', (field, value, words) => {
  expect(told(field, value, speech)).toBe(words);
});

test('a plan in words names kinds and agencies', () => {
  const plan = [
    { kind: 'fire' as const, agency: null },
    { kind: null, agency: 'pmi' },
  ];
  expect(toldPlan(plan, speech)).toBe('Fire, agency pmi');
  expect(fieldName('plan', speech)).toBe('plan');
  expect(fieldName('strange', speech)).toBe('strange');
  expect(points(null)).toBe(0);
});

const type = (code: string, changed: Partial<IncidentType> = {}): IncidentType => ({
  ...newType(),
  code,
  ...changed,
});
const TYPES = [
  type('fire', { plan: [{ kind: 'fire', agency: null }] }),
  type('fire_car', { parent: 'fire' }),
  type('fire_prank', { parent: 'fire', plan: [] }),
  type('animal'),
  type('stray', { parent: 'animal', plan: [{ kind: null, agency: 'pmi' }] }),
  type('lost', { parent: 'gone' }),
];

test('types stand below the one that they belong to, and what is looked for is always seen', () => {
  const shown = (opened: string[], found: string[] | null) =>
    rows(TYPES, new Set(opened), found && new Set(found)).map(
      ({ type: { code }, level, open }) => `${'-'.repeat(level)}${code}${open ? '+' : ''}`,
    );
  expect(shown([], null)).toEqual(['fire', 'animal', 'lost']);
  expect(shown(['animal'], null)).toEqual(['fire', 'animal+', '-stray', 'lost']);
  expect(shown([], ['fire_car'])).toEqual(['fire+', '-fire_car']);
  expect(shown([], ['fire'])).toEqual(['fire']);
  expect(shown(['fire'], ['fire'])).toEqual(['fire+', '-fire_car', '-fire_prank']);
  expect(shown(['fire'], [])).toEqual([]);
});

test('a type without a plan of its own has that of the one it belongs to', () => {
  const plan = (code: string) =>
    planOf(
      TYPES.find((each) => each.code === code)!,
      TYPES,
    );
  expect(plan('fire_car')).toEqual([{ kind: 'fire', agency: null }]);
  expect(plan('fire_prank')).toEqual([]);
  expect(plan('animal')).toBeNull();
  expect(plan('lost')).toBeNull();
});

test('a plan that finds nobody is doubted, and an agency that nothing reaches', () => {
  const agencies = [agency({ active: false }), agency({ code: 'damkar', kind: 'fire' })];
  const doubts = (code: string) =>
    doubtsOfType(
      TYPES.find((each) => each.code === code)!,
      TYPES,
      agencies,
    ).map((each) => toldDoubt(each, speech));
  expect(doubts('fire_car')).toEqual([]);
  expect(doubts('fire_prank')).toEqual([]);
  expect(doubts('animal')).toEqual(['No plan: no agency is proposed.']);
  expect(doubts('stray')).toEqual(['agency pmi is not active']);
  expect(doubtsOfType(TYPES[0]!, TYPES, []).map((each) => toldDoubt(each, speech))).toEqual([
    'No active agency: Fire',
  ]);
  const unreached = agency({ channels: [{ kind: 'sms', address: '' }] });
  expect(doubtsOfAgency(unreached)).toHaveLength(1);
  expect(doubtsOfAgency({ ...unreached, active: false })).toEqual([]);
});

const SQUARE = {
  type: 'Polygon' as const,
  coordinates: [
    [
      [113, -3],
      [114, -3],
      [114, -2],
      [113, -3],
    ],
  ],
};

test('areas are found in whatever GeoJSON has them, with what it calls them', () => {
  const shapes = (given: object) => shapesIn(JSON.stringify(given));
  const feature = (properties: object) => ({ type: 'Feature', properties, geometry: SQUARE });
  expect(shapes(SQUARE)).toEqual([{ name: { id: '', en: '' }, code: '', geometry: SQUARE }]);
  const found = shapes({
    type: 'FeatureCollection',
    features: [
      feature({ code: 'utara', name_id: 'Utara', name_en: 'North' }),
      feature({ NAMOBJ: ' Pahandut ' }),
      { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [113, -2] } },
    ],
  }) as Shape[];
  expect(found.map(({ code, name }) => [code, name.id, name.en])).toEqual([
    ['utara', 'Utara', 'North'],
    ['', 'Pahandut', 'Pahandut'],
  ]);
  expect(shapesIn('no')).toBe('directory.wrong.geojson');
  expect(shapes({ type: 'FeatureCollection', features: [] })).toBe('directory.wrong.geojson.none');
  expect(shapes({ ...SQUARE, crs: 'EPSG:32750' })).toBe('directory.wrong.geojson.crs');
  expect(shapes({ ...SQUARE, crs: 'urn:ogc:def:crs:OGC:1.3:CRS84' })).toHaveLength(1);
});

test('a border is drawn as far as it can be', () => {
  const at = ({ latitude, longitude }: { latitude: number; longitude: number }) => ({
    x: longitude - 113,
    y: -latitude,
  });
  expect(drawn(SQUARE, at)).toBe('M0.0 3.0L1.0 3.0L1.0 2.0L0.0 3.0Z');
  const both = { type: 'MultiPolygon' as const, coordinates: [SQUARE.coordinates, ['bad']] };
  expect(drawn(both, at)).toBe(drawn(SQUARE, at));
  expect(spanned(SQUARE)).toEqual({ south: -3, west: 113, north: -2, east: 114 });
  expect(spanned({ type: 'Polygon', coordinates: [] })).toBeNull();
});

const WHOLE: Whole = {
  agencies: [
    agency(),
    agency({ code: 'damkar', kind: 'fire' }),
    agency({ code: 'old', active: false }),
  ],
  incident_types: [type('fire', { plan: [{ kind: 'fire', agency: null }] }), type('flood')],
  areas: [{ code: 'utara', name: { id: 'Utara', en: 'North' }, geometry: SQUARE }],
};

test('a file says what it would change before it is done', () => {
  const { code, kind, name, channels } = WHOLE.agencies[1]!;
  const file = {
    agencies: [
      { code, kind, name, channels: [{ kind: 'account' }] }, // the rest is left out
      { ...WHOLE.agencies[0], code: 'new' },
    ],
    incident_types: [
      { code: 'flood', name: WHOLE.incident_types[1]!.name },
      { code: 'fire', name: WHOLE.incident_types[0]!.name, plan: [{ kind: 'fire' }] },
    ],
  };
  const { body, differences, moved } = compared(JSON.stringify(file), WHOLE)!;
  expect(body).toEqual(file);
  expect(differences.map(({ how, code: of }) => `${how} ${of}`)).toEqual([
    'changed damkar',
    'added new',
    'inactive pmi',
  ]);
  expect(differences[0]!.fields).toEqual([
    { field: 'channels', was: channels, becomes: [{ kind: 'account', address: '' }] },
  ]);
  expect(moved).toEqual(['incident-types']);
});

test('a part that a file leaves out stays, and one that it empties is removed', () => {
  const { differences } = compared(JSON.stringify({ incident_types: [], areas: null }), WHOLE)!;
  expect(differences.map(({ how, code }) => `${how} ${code}`)).toEqual([
    'removed fire',
    'removed flood',
  ]);
});

test('areas of a map join those that there are', () => {
  const feature = (properties: object) => ({ type: 'Feature', properties, geometry: SQUARE });
  const map = {
    type: 'FeatureCollection',
    features: [
      feature({ code: 'utara', name_id: 'Utara', name_en: 'The north' }),
      feature({ nama: 'Kota' }),
    ],
  };
  const { body, differences } = compared(JSON.stringify(map), WHOLE)!;
  expect(differences.map(({ how, code }) => `${how} ${code}`)).toEqual([
    'changed utara',
    'added kota',
  ]);
  expect(Object.keys(body)).toEqual(['areas']);
});

test('what is no file of a directory is told from one', () => {
  for (const text of ['{', '[]', '{}', '{"agencies": [{"code": 1}]}', '{"type": "Point"}'])
    expect(compared(text, WHOLE)).toBeNull();
  const strange = { agencies: [{ ...agency(), contacts: [{ name: 'Piket' }] }] };
  expect(compared(JSON.stringify(strange), WHOLE)).toBeNull();
  expect(wholeOf({ areas: WHOLE.areas }).areas).toEqual(WHOLE.areas);
  expect(compared(JSON.stringify(WHOLE), WHOLE)!.differences).toEqual([]);
});

test('what is sent is measured as it is sent', () => {
  expect(megabytes({ areas: ['x'.repeat(2 ** 20)] })).toBeCloseTo(1, 3);
  expect(megabytes({ areas: ['ä'.repeat(2 ** 20)] })).toBeCloseTo(2, 3);
});
