/** Which page the address names. The service gives the same file for all of them. */

const at = $state({ path: location.pathname });

addEventListener('popstate', () => {
  at.path = location.pathname;
});

export function path(): string {
  return at.path;
}

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to === location.pathname) return;
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  at.path = to;
}

/** Follow a link within the console without loading it anew; for `onclick` of an `<a>`. */
export function follow(event: MouseEvent): void {
  const link = (event.currentTarget as HTMLElement).closest('a');
  if (link === null || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey)
    return;
  event.preventDefault();
  go(link.pathname);
}
