import { readFileSync } from 'node:fs';
import { expect, test as base, type BrowserContext, type Frame, type Locator, type Page, type Route } from '@playwright/test';
import axe, { type AxeResults } from 'axe-core';
import { BLOCKED, SIZES, type Size } from '../playwright.config';
import { Vigie, type Credentials, type Server, type TestRoom } from './vigie';

export { expect } from '@playwright/test';

/** Where the browser finds none then, at the address of the one that it was asked for. */
const NOWHERE = '/no-websockets';
/** What the browser itself writes of requests and WebSockets that came to nothing, and of a password whose account a link knows alone. */
const BROWSERS_OWN = ['Failed to load resource', 'WebSocket connection to ', '[DOM] Password forms should have (optionally hidden) username fields'];

interface Fixtures {
  /** Of a server of the test's own. */
  server: Server | undefined;
  vigie: Vigie;
  /** Opens a browser of this size, of somebody whose page is watched until the end of the test. */
  visit: (size: Size, path?: string, timezoneId?: string) => Promise<Page>;
  /** What must not stand in an address. The console has to be empty, and local storage but for the language. */
  secrets: string[];
}

/** What a page did that it must not do. */
class Watch {
  readonly wrong: string[] = [];

  constructor(
    readonly context: BrowserContext,
    readonly origin: string,
    readonly secrets: string[],
  ) {
    context.on('console', (message) => {
      if (!BROWSERS_OWN.some((beginning) => message.text().startsWith(beginning))) this.wrong.push(`console: ${message.text()}`);
    });
    context.on('weberror', (error) => this.wrong.push(`error: ${error.error().message}`));
    context.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !url.startsWith('data:')) this.wrong.push(`request to ${url}`);
      this.#look('request', url);
    });
    context.on('page', (page) => {
      page.on('framenavigated', (frame) => {
        this.#look('address', frame.url());
      });
      page.on('websocket', (socket) => {
        const { protocol, host, pathname, search } = new URL(socket.url());
        if (`${protocol}//${host}` !== origin.replace('http', 'ws') || pathname !== (BLOCKED ? NOWHERE : '/event/realtime') || search) this.wrong.push(`socket to ${socket.url()}`);
        socket.on('framereceived', ({ payload }) => {
          this.#look('event', payload.toString());
        });
      });
    });
  }

  #look(where: string, text: string): void {
    const decoded = decodeURIComponent(text);
    // What is drawn at random may begin like a token, but has no dot.
    if (/eyJ[\w-]+\./.test(decoded)) this.wrong.push(`${where} has a token`);
    for (const secret of this.secrets) if (decoded.includes(secret)) this.wrong.push(`${where} has ${secret}`);
  }

  async end(): Promise<void> {
    for (const page of this.context.pages()) {
      this.#look('address', page.url());
      const kept = await page.evaluate(() => Object.fromEntries(Object.entries<string>(localStorage))).catch(() => ({}));
      const others = Object.keys(kept).filter((key) => !['vigie.language', 'vigie.devices'].includes(key));
      if (others.length) this.wrong.push(`local storage has ${others.join(', ')}`);
      this.#look('local storage', JSON.stringify(kept));
    }
    await this.context.close();
  }
}

/** Has the browser itself fail to open any: the server answers as a proxy does that knows none. */
function withoutWebSockets(nowhere: string): void {
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(new URL(nowhere, url), protocols);
    }
  };
}

export const test = base.extend<Fixtures, { shared: Vigie }>({
  shared: [
    async ({}, use) => {
      const vigie = await Vigie.start();
      await use(vigie);
      vigie.stop();
    },
    { scope: 'worker' },
  ],
  server: [undefined, { option: true }],
  vigie: async ({ server, shared }, use) => {
    const vigie = server ? await Vigie.start(server) : shared;
    await use(vigie);
    if (server) vigie.stop();
  },
  secrets: async ({}, use) => {
    await use([]);
  },
  visit: async ({ browser, vigie, secrets }, use) => {
    const watches: Watch[] = [];
    await use(async (size, path = '', timezoneId) => {
      const context = await browser.newContext({ viewport: SIZES[size], baseURL: vigie.url, hasTouch: size !== 'desktop', ...(timezoneId && { timezoneId }) });
      const watch = new Watch(context, vigie.url, secrets);
      watches.push(watch);
      await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          // eslint-disable-next-line no-console -- what the fixture looks at
          console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      if (BLOCKED) await context.addInitScript(withoutWebSockets, NOWHERE);
      const page = await context.newPage();
      await page.goto(`/app/${path}`);
      return page;
    });
    for (const watch of watches) await watch.end();
    expect(watches.flatMap(({ wrong }) => wrong)).toEqual([]);
  },
});

const COLOURS = [
  { colorScheme: 'light', forcedColors: 'none' },
  { colorScheme: 'dark', forcedColors: 'none' },
  { colorScheme: 'light', forcedColors: 'active' },
] as const;

/** Finds nothing that keeps somebody out, in the page or what it frames. */
export async function accessible(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    await frame.evaluate(axe.source);
    const results = await frame.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
      return axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], iframes: false });
    });
    expect(results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  }
}

/** Finds nothing that keeps somebody out at any size, in any colours, and nothing that runs out of the screen. */
export async function accessibleEverywhere(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const size of Object.values(SIZES)) {
    await page.setViewportSize(size);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    for (const colours of COLOURS) {
      await page.emulateMedia(colours);
      await accessible(page);
    }
  }
  await page.emulateMedia(COLOURS[0]);
  if (before) await page.setViewportSize(before);
}

/** On a small phone, with text twice as large, and in the colours of the reader's own: nothing is lost. */
export async function readable(page: Page): Promise<void> {
  const before = page.viewportSize();
  const size = (text: string) => page.evaluate((text) => { document.documentElement.style.setProperty('font-size', text); }, text);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const text of ['100%', '200%']) {
    await size(text);
    for (const forcedColors of ['none', 'active'] as const) {
      await page.emulateMedia({ forcedColors });
      const wider = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('dialog')].map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth));
      expect(wider.filter((pixels) => pixels > 0)).toEqual([]);
      await accessible(page);
    }
  }
  await page.emulateMedia({ forcedColors: 'none' });
  await size('100%');
  if (before) await page.setViewportSize(before);
}

/** Drops files there, by their names; returns whether the page kept the browser from opening them in its place. */
export function drop(target: Locator, files: Record<string, Buffer>): Promise<boolean> {
  const each = Object.entries(files).map(([name, content]) => [name, [...content]] as const);
  return target.evaluate((element, each) => {
    const dataTransfer = new DataTransfer();
    for (const [name, content] of each) dataTransfer.items.add(new File([new Uint8Array(content)], name));
    return ['dragover', 'drop'].every((type) => !element.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer })));
  }, each);
}

/** Answers as the API refuses. */
export function refuse(route: Route, status: number, code: string, title: string, headers: Record<string, string> = {}): Promise<void> {
  const problem = { type: `/problems/${code}`, title, status, detail: 'Voyez avec l’assistance.', code, requestId: '01JZ8K2M3N' };
  return route.fulfill({ status, headers, contentType: 'application/problem+json', body: JSON.stringify(problem) });
}

/** Logs in where the page asks for it. */
export async function logIn(page: Page, { email, password }: Credentials): Promise<void> {
  await page.getByLabel('Adresse e-mail').fill(email);
  await page.getByLabel('Mot de passe', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Je me connecte' }).click();
}

/** Logs in and enters the room by hand. */
export async function enterRoom(page: Page, room: TestRoom): Promise<void> {
  await logIn(page, room.proctorAccount);
  await page.getByLabel('Numéro de la session').fill(room.kit.number);
  await page.getByLabel('Mot de passe de la session').fill(room.kit.sessionPassword);
  await page.getByRole('button', { name: 'Surveiller la session' }).click();
  await expect(page.getByRole('heading', { name: `Session ${room.kit.number}` })).toBeVisible();
}

/** The rows of the room. */
export function rows(page: Page): Locator {
  return page.getByRole('list', { name: 'Candidats' }).getByRole('listitem');
}

/** The candidate's row in the room. */
export function row(page: Page, name: string): Locator {
  return rows(page).filter({ hasText: name });
}

/** Who needs the proctor. */
export function toDo(page: Page): Locator {
  return page.getByRole('region', { name: /^À traiter/ });
}

/** Touches a list again and again, so that it keeps its order; returns how to leave it alone. */
export async function handNear(list: Locator): Promise<() => Promise<void>> {
  const touching = await list.evaluate((list) => Number(setInterval(() => list.dispatchEvent(new PointerEvent('pointerdown')), 300)));
  return () => list.page().evaluate((touching) => { clearInterval(touching); }, touching);
}

/** Opens all there is to know and to do about a candidate. */
export async function openSheet(page: Page, name: string): Promise<Locator> {
  await row(page, name).getByRole('button', { name: 'Fiche de' }).click();
  return page.getByRole('dialog');
}

/** From the login to `Est-ce bien vous ?`, as one of the room's pupils. */
export async function identify(page: Page, vigie: Vigie, room: TestRoom, candidate = 0): Promise<Credentials> {
  const { firstName, lastName, birthdate } = room.pupil(candidate);
  const account = await vigie.account(firstName, lastName);
  await logIn(page, account);
  await page.getByLabel('Numéro de la session').fill(room.kit.number);
  await page.getByLabel('Date de naissance').fill(birthdate.split('-').reverse().join('/'));
  await page.getByRole('button', { name: 'Continuer' }).click();
  return account;
}

/** From the login to where the access code is asked for. */
export async function join(page: Page, vigie: Vigie, room: TestRoom, candidate = 0): Promise<Credentials> {
  const account = await identify(page, vigie, room, candidate);
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await expect(code(page)).toBeVisible();
  return account;
}

/** From the login to what the access code leads to: a test for who is ticked. */
export async function start(page: Page, vigie: Vigie, room: TestRoom, candidate = 0): Promise<Credentials> {
  const account = await join(page, vigie, room, candidate);
  await code(page).fill(room.kit.accessCode);
  await begin(page).click();
  return account;
}

export const code = (page: Page): Locator => page.getByRole('textbox');
export const begin = (page: Page): Locator => page.getByRole('button', { name: /(Commencer|Reprendre) mon test/ });
/** What the engine shows in a test that runs. */
export const engine = (page: Page): Locator => page.frameLocator('iframe').getByRole('button', { name: 'Terminer' });

/** What the engine's window is told from now on, by type, from whichever window. */
export async function told(page: Page): Promise<{ frame: Frame; told: () => Promise<string[]> }> {
  const frame = page.frames().find((each) => each.url().includes('/engine/'));
  if (!frame) throw new Error('no engine');
  await frame.evaluate(() => {
    const told: string[] = [];
    Object.assign(globalThis, { told });
    addEventListener('message', ({ data }: MessageEvent<{ type: string }>) => told.push(data.type));
  });
  return { frame, told: () => frame.evaluate(() => (globalThis as unknown as { told: string[] }).told) };
}

/** Downloads a PDF by this button; returns its name. */
export async function savedAs(page: Page, within: Locator, button: string): Promise<string> {
  const download = page.waitForEvent('download');
  await within.getByRole('button', { name: button }).click();
  const file = await download;
  expect(file.url()).toMatch(/^blob:/);
  expect(readFileSync(await file.path()).subarray(0, 5).toString()).toBe('%PDF-');
  await expect(within.getByRole('status').filter({ hasText: `✓ Téléchargé : ${file.suggestedFilename()}` })).toBeVisible();
  return file.suggestedFilename();
}
