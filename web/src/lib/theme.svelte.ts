/** Light or dark: as the computer has it, until somebody chooses. */
export type Theme = 'light' | 'dark';

const REMEMBERED = 'sip112.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function wanted(): Theme {
  const chosen = localStorage.getItem(REMEMBERED);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return system.matches ? 'dark' : 'light';
}

const shown = $state<{ theme: Theme }>({ theme: wanted() });

function show(): void {
  shown.theme = wanted();
  document.documentElement.dataset['theme'] = shown.theme;
}

system.addEventListener('change', show);
show();

export function theme(): Theme {
  return shown.theme;
}

export function switchTheme(): void {
  localStorage.setItem(REMEMBERED, shown.theme === 'dark' ? 'light' : 'dark');
  show();
}
