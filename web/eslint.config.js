import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'src/api/schema.d.ts', 'test-results/', 'playwright-report/', 'screenshots/'] },
  ...ts.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      // Numbers read well in texts.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // Svelte's own compiler checks accessibility; `svelte-check --fail-on-warnings` makes it fail.
      'svelte/no-at-html-tags': 'error',
      'svelte/button-has-type': 'error',
      'svelte/block-lang': ['error', { script: 'ts' }],
      'svelte/no-inline-styles': 'error',
    },
  },
  { files: ['*.js'], extends: [ts.configs.disableTypeChecked] },
);
