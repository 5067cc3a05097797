import tests from './playwright.config';

/** What the page takes: `make bench-page`. A trace would be measured with it. */
export default { ...tests, testDir: 'bench', testMatch: '*.bench.ts', timeout: 300_000, use: { ...tests.use, trace: 'off' as const } };
