/** The plain grid with degrees: what is drawn where there is no map, or none yet. */
import { project, type Camera, type Size } from './camera';
import { degreesText, graticule } from './graticule';

/** Draw it on a canvas, in the colours that hold there. */
export function drawGrid(canvas: HTMLCanvasElement, camera: Camera, size: Size): void {
  const context = canvas.getContext('2d');
  if (context === null) return; // then there is the ground alone, and places can be typed
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const ratio = devicePixelRatio;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  context.scale(ratio, ratio);
  context.fillStyle = colour('--sunken');
  context.fillRect(0, 0, size.width, size.height);

  const { step, parallels, meridians } = graticule(camera, size);
  context.strokeStyle = colour('--line');
  context.lineWidth = 1;
  context.font = `11px ${style.fontFamily}`;
  const labels: [text: string, x: number, y: number][] = [];
  context.beginPath();
  for (const longitude of meridians) {
    const x = Math.round(project(camera, size, { ...camera, longitude }).x) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, size.height);
    labels.push([degreesText(longitude, step), x + 4, size.height - 40]);
  }
  for (const latitude of parallels) {
    const y = Math.round(project(camera, size, { ...camera, latitude }).y) + 0.5;
    context.moveTo(0, y);
    context.lineTo(size.width, y);
    labels.push([degreesText(latitude, step), 6, y - 4]);
  }
  context.stroke();
  context.fillStyle = colour('--ink-3');
  for (const label of labels) context.fillText(...label);
}
