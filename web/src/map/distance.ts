/** How far away something is, as people read it. */
export function distance(metres: number): string {
  return metres < 950 ? `${Math.round(metres / 50) * 50} m` : `${(metres / 1000).toFixed(1)} km`;
}
