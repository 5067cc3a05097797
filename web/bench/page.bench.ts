import type { CDPSession } from '@playwright/test';
import { enterRoom, expect, test } from '../tests/fixtures';
import { pupils } from '../tests/vigie';

/** Slow 3G, as Chromium's tools had it: 400 kbit/s either way, 400 ms each way and back. */
const SLOW_3G = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const ROUNDS = 5;

const say = (what: string, unit: string, figures: number[]) => {
  const [least = 0, , median = 0, , most = 0] = figures.toSorted((a, b) => a - b).map(Math.round);
  // eslint-disable-next-line no-console -- what it is for
  console.log(`${what}: ${median} ${unit} (${least} to ${most})`);
};

test('first view of the candidate on slow 3G', async ({ visit }) => {
  const [views, smallest]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [path, times] of [['candidate', views], ['icon.svg', smallest]] as const) {
      const page = await visit('desktop', 'icon.svg');
      const browser = await page.context().newCDPSession(page);
      await browser.send('Network.enable');
      await browser.send('Network.setCacheDisabled', { cacheDisabled: true });
      await browser.send('Network.emulateNetworkConditions', SLOW_3G);
      const before = Date.now();
      await page.goto(`/app/${path}`);
      if (path === 'candidate') await expect(page.getByRole('button', { name: 'Je me connecte' })).toBeVisible();
      const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
      times.push(painted ?? Date.now() - before);
      await page.close();
    }
  }
  say('first view, slow 3G', 'ms', views);
  say('a file of 0.4 KB, slow 3G', 'ms', smallest);
});

/** What the browser's main thread has spent on the page so far, in milliseconds. */
async function spent(browser: CDPSession): Promise<number> {
  const { metrics } = await browser.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return 1000 * (of('ScriptDuration') + of('RecalcStyleDuration') + of('LayoutDuration'));
}

/** The longest time between two frames, in milliseconds; a screen shows one every 16.7. */
function longestFrame(during: number): Promise<number> {
  return new Promise((resolve) => {
    let [first, last, longest] = [0, 0, 0];
    const next = (now: number) => {
      first ||= now;
      if (last) longest = Math.max(longest, now - last);
      last = now;
      if (now - first < during) requestAnimationFrame(next);
      else resolve(longest);
    };
    requestAnimationFrame(next);
  });
}

test('a room of sixty is drawn anew', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(60));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await expect(page.getByRole('listitem')).toHaveCount(60);
  const browser = await page.context().newCDPSession(page);
  await browser.send('Performance.enable');
  const tick = (present: boolean, count: number) =>
    vigie.call('PUT', `/sessions/${room.kit.number}/presence`, room.proctor, { present, candidates: room.candidates.slice(0, count).map(({ id }) => id) });
  const work: Record<'all' | 'one' | 'none', number[]> = { all: [], one: [], none: [] };
  const frames: typeof work = { all: [], one: [], none: [] };
  async function measure(what: keyof typeof work, act: () => Promise<unknown>): Promise<void> {
    await act();
    const before = await spent(browser);
    // The room is read every second here.
    frames[what].push(await page.evaluate(longestFrame, 2_000));
    work[what].push((await spent(browser)) - before);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const present = round % 2 === 0;
    await measure('all', () => tick(present, 60));
    await measure('one', () => tick(!present, 1));
    await measure('none', () => Promise.resolve());
    await tick(present, 1);
  }
  await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(60);
  for (const what of ['all', 'one', 'none'] as const) {
    say(`${what} of sixty change: longest frame in two seconds`, 'ms', frames[what]);
    say(`${what} of sixty change: script, style and layout in two seconds`, 'ms', work[what]);
  }
});
