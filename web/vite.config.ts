import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { WORKER } from './worker/name.ts';
import { offline } from './worker/plugin.ts';

/** Where `cargo run` serves the API while the page is being worked on. */
const api = process.env['VIGIE_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  base: '/app/',
  plugins: [svelte(), offline()],
  build: {
    target: 'es2022',
    // The Content-Security-Policy lets nothing inline run.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The description of the API has what it shows it with; a test holds the page's own size.
    chunkSizeWarningLimit: 1_600,
    rolldownOptions: {
      input: ['index.html', 'engine/index.html', 'docs/index.html', 'worker/worker.ts'],
      output: { entryFileNames: ({ name }) => (name === 'worker' ? WORKER : 'assets/[name]-[hash].js') },
    },
  },
  server: {
    // Everything that is not the page is the API's.
    proxy: { '^/(?!app/)': api },
  },
  test: { include: ['src/**/*.test.ts'] },
});
