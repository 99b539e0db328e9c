import { mount } from 'svelte';
import Agency from './Agency.svelte';
import '../styles/tokens.css';
import '../styles/base.css';
import './incident.css';
import './agency.css';

const dark = matchMedia('(prefers-color-scheme: dark)');
function asThePhone(): void {
  document.documentElement.dataset['theme'] = dark.matches ? 'dark' : 'light';
}
dark.addEventListener('change', asThePhone);
asThePhone();

const target = document.getElementById('app');
if (target === null) throw new Error('agency.html has no #app');
mount(Agency, { target });
