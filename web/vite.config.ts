import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Where the service answers that the development server hands requests on to. */
const service = process.env['SIP112_SERVICE'] ?? 'http://127.0.0.1:8112';

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../src/sip112/console/static',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the console's own rules (CSP) let nothing but files in
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200, // MapLibre is as large, and loaded only where a map is shown
    rollupOptions: {
      input: {
        index: 'index.html',
        agency: 'agency.html', // what agencies open by a link, with nothing of the console
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/v1': { target: service } },
  },
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'node',
    restoreMocks: true,
  },
});
