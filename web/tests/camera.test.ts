import { expect, test } from 'vitest';
import * as view from '../src/map/camera';
import { degreesText, graticule } from '../src/map/graticule';

const SIZE = { width: 600, height: 400 };
const CAMERA = { latitude: -2.2096, longitude: 113.9213, zoom: 15 };

test('a place is found again where it is seen', () => {
  expect(view.project(CAMERA, SIZE, CAMERA)).toEqual({ x: 300, y: 200 });
  for (const point of [
    { x: 0, y: 0 },
    { x: 599, y: 17 },
  ]) {
    const again = view.project(CAMERA, SIZE, view.unproject(CAMERA, SIZE, point));
    expect(again.x).toBeCloseTo(point.x, 6);
    expect(again.y).toBeCloseTo(point.y, 6);
  }
  const north = view.unproject(CAMERA, SIZE, { x: 300, y: 100 });
  expect(north.latitude).toBeGreaterThan(CAMERA.latitude);
});

test('what is seen follows the hand, and stays below it while it is zoomed', () => {
  const place = view.unproject(CAMERA, SIZE, { x: 100, y: 80 });
  const shifted = view.project(view.shifted(CAMERA, 30, -20), SIZE, place);
  expect(shifted.x).toBeCloseTo(130, 6);
  expect(shifted.y).toBeCloseTo(60, 6);
  const zoomed = view.zoomed(CAMERA, SIZE, 17.3, { x: 100, y: 80 });
  expect(zoomed.zoom).toBe(17.3);
  const after = view.project(zoomed, SIZE, place);
  expect(after.x).toBeCloseTo(100, 6);
  expect(after.y).toBeCloseTo(80, 6);
});

test('no camera leaves the earth', () => {
  expect(view.zoomed(CAMERA, SIZE, 99).zoom).toBe(view.DEEPEST);
  expect(view.zoomed(CAMERA, SIZE, -5).zoom).toBe(view.SHALLOWEST);
  const far = view.shifted({ ...CAMERA, zoom: 4 }, -1e6, 1e6);
  expect(far).toEqual({ latitude: 85, longitude: 180, zoom: 4 });
});

test('lengths: a bar is round and fits, a circle is seen whole', () => {
  const bar = view.scale(CAMERA, 90);
  expect(bar.metres).toBe(200);
  expect(bar.width).toBeLessThanOrEqual(90);
  expect(bar.width).toBeCloseTo(bar.metres / view.metresPerPixel(CAMERA.latitude, 15), 6);
  const camera = view.around(CAMERA, 700, SIZE);
  expect(700 / view.metresPerPixel(camera.latitude, camera.zoom)).toBeCloseTo(140, 6);
  expect(view.around(CAMERA, 0, SIZE).zoom).toBe(16);
  expect(view.around(CAMERA, 100, { width: 0, height: 0 }).zoom).toBeGreaterThan(0);
});

test('distances and directions between tickets', () => {
  const east = { ...CAMERA, longitude: CAMERA.longitude + 0.01 };
  expect(view.distance(CAMERA, east)).toBeCloseTo(1111, 0);
  expect(view.distance(CAMERA, CAMERA)).toBe(0);
  const winds = view.WINDS.map((_, n) => {
    const turn = (n * Math.PI) / 4;
    return view.wind(CAMERA, {
      latitude: CAMERA.latitude + Math.cos(turn) / 100,
      longitude: CAMERA.longitude + Math.sin(turn) / 100,
    });
  });
  expect(winds).toEqual([...view.WINDS]);
  expect(view.holds({ south: -3, west: 113, north: -2, east: 114 }, CAMERA)).toBe(true);
  expect(view.holds({ south: -3, west: 113, north: -2.5, east: 114 }, CAMERA)).toBe(false);
});

test('the grid has a handful of round lines at every zoom', () => {
  for (let zoom = view.SHALLOWEST; zoom <= view.DEEPEST; zoom += 0.25) {
    const { step, meridians, parallels } = graticule({ ...CAMERA, zoom }, SIZE);
    expect(meridians.length, `${zoom}`).toBeGreaterThanOrEqual(2);
    expect(meridians.length, `${zoom}`).toBeLessThanOrEqual(7);
    expect(parallels.length, `${zoom}`).toBeGreaterThanOrEqual(1);
    expect(parallels.length, `${zoom}`).toBeLessThanOrEqual(6);
    const texts = meridians.map((each) => degreesText(each, step));
    expect(new Set(texts).size, `${zoom}: ${texts.join(' ')}`).toBe(texts.length);
    for (const [n, text] of texts.entries())
      expect(Number.parseFloat(text), `${zoom}`).toBeCloseTo(meridians[n] ?? Number.NaN, 7);
  }
});

test('what stands at a line', () => {
  expect(degreesText(113.9, 0.1)).toBe('113.9°');
  expect(degreesText(-2.25, 0.05)).toBe('−2.25°');
  expect(degreesText(-0.0, 0.1)).toBe('0.0°');
  expect(degreesText(-1e-9, 5)).toBe('0°');
  expect(degreesText(110, 10)).toBe('110°');
  expect(degreesText(0.003, 0.001)).toBe('0.003°');
});
