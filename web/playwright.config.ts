import { defineConfig } from '@playwright/test';

/** A phone in a hand, a tablet, a school's computer. */
export const SIZES = {
  phone: { width: 390, height: 844 },
  tablet: { width: 820, height: 1180 },
  desktop: { width: 1280, height: 800 },
};
export type Size = keyof typeof SIZES;

/** Whether pages have no WebSockets, as behind many a school's proxy. */
export const BLOCKED = process.env['VIGIE_WEBSOCKETS'] === 'blocked';
/** Pages that are told of nothing, how all pages look, and what WebSockets alone do: the same where there are none. */
const WITHOUT_SOCKETS = ['account', 'centre', 'docs', 'import-sessions', 'live', 'mending', 'organiser', 'own-account', 'record', 'states'];

export default defineConfig({
  testDir: 'tests',
  testIgnore: BLOCKED ? WITHOUT_SOCKETS.map((name) => `**/${name}.spec.ts`) : [],
  // Two processors: a server, a browser.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [['list']],
  use: {
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    },
    actionTimeout: 15_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
