import type { Page, Request, WebSocketRoute } from '@playwright/test';
import { engine, enterRoom, expect, row, rows, start, test, toDo, told } from './fixtures';
import { inTime, pupils, type TestRoom } from './vigie';

/** So seldom that whatever a test sees was pushed. */
const SELDOM = Object.fromEntries(['WAITING', 'RUNNING', 'BOARD'].flatMap((who) => [[`${who}_REFRESH_SECONDS`, '3600'], [`LIVE_${who}_REFRESH_SECONDS`, '3600']]));
/** An event is read within two seconds; the rest is for a slow machine. */
const SOON = { timeout: 15_000 };
/** Until a socket that was cut is there again: the first try comes within a minute. */
const AGAIN = { timeout: 75_000 };

const waits = (page: Page) => page.getByRole('heading', { name: 'Attendez votre surveillant' });

/** Has all sockets of the page go through this, from a reload on. */
async function through(page: Page, handle: (socket: WebSocketRoute) => void): Promise<void> {
  await page.routeWebSocket(/.*/, handle);
  await page.reload();
}

/** A network whose sockets can be cut, all at once. */
class Network {
  isCut = false;
  #sockets: WebSocketRoute[] = [];

  readonly handle = (socket: WebSocketRoute): void => {
    if (this.isCut) return void socket.close();
    this.#sockets.push(socket);
    socket.connectToServer();
  };

  async cut(): Promise<void> {
    this.isCut = true;
    await Promise.all(this.#sockets.splice(0).map((socket) => socket.close()));
  }
}

/** When, in milliseconds, what ends like this is asked for from now on. */
function asked(page: Page, path: string): () => number[] {
  const requests: Request[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith(path)) requests.push(request);
  });
  return () => requests.map((request) => request.timing().startTime);
}

/** A board is read at once and then again, but not twice in two seconds. */
function expectApart(times: number[]): void {
  expect(times.length).toBeGreaterThan(1);
  const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0));
  // On a slow machine a request goes out some time after it was asked for.
  expect(Math.min(...gaps), gaps.join(', ')).toBeGreaterThan(1_500);
}

/** Minutes are added to this candidate's test; returns until when it now goes, as the page says it. */
async function addMinutes(room: TestRoom, candidate: number): Promise<string> {
  const { endsAt = '' } = await room.vigie.call<{ endsAt?: string }>('POST', room.path(candidate, 'minutes'), room.proctor, { minutes: 10, reason: 'panne' });
  return inTime(endsAt);
}

test.describe('where pages hardly ask', () => {
  test.use({ server: { settings: SELDOM } });

  test('what somebody does is seen by all whom it is about within seconds', async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(3));
    const [one, other] = [await visit('tablet', 'proctor'), await visit('desktop', 'proctor')];
    for (const page of [one, other]) await enterRoom(page, room);
    const candidate = await visit('phone', 'candidate');
    await start(candidate, vigie, room);
    await expect(waits(candidate)).toBeVisible();
    for (const page of [one, other]) await expect(row(page, 'Zoé')).toContainText('Présence à confirmer', SOON);

    await row(one, 'Zoé').getByRole('checkbox').click();
    await expect(engine(candidate)).toBeVisible(SOON);
    for (const page of [one, other]) await expect(row(page, 'Zoé')).toContainText('En cours', SOON);
    await row(other, 'Hugo').getByRole('checkbox').click();
    await expect(row(one, 'Hugo').getByRole('checkbox')).toBeChecked(SOON);

    await candidate.getByRole('button', { name: 'J’ai besoin d’aide' }).click();
    for (const page of [one, other]) await expect(toDo(page)).toContainText('Appelle', SOON);
    await toDo(other).getByRole('button', { name: 'J’arrive : Bernard Zoé' }).click();
    await expect(candidate.getByText('Votre surveillant arrive.')).toBeVisible(SOON);
    await expect(row(one, 'Zoé')).not.toContainText('Appelle', SOON);

    await engine(candidate).click();
    await candidate.frameLocator('iframe').getByRole('button', { name: 'Oui, terminer' }).click();
    await expect(candidate.getByRole('heading', { name: 'Votre test est terminé' })).toBeVisible();
    for (const page of [one, other]) await expect(row(page, 'Zoé')).toContainText('Terminé', SOON);
  });

  test('a start that the gateway has no time for is tried again by itself', async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(1));
    const page = await visit('phone', 'candidate');
    await start(page, vigie, room);
    await expect(waits(page)).toBeVisible();
    let tries = 0;
    await page.route('**/start', (route) => (tries++ ? route.continue() : route.fulfill({ status: 429, contentType: 'application/json', body: '{"message":"Too Many Requests"}' })));
    await room.tick(0);
    await expect(engine(page)).toBeVisible({ timeout: 30_000 });
    expect(tries).toBe(2);
  });

  test('minutes reach the clock of a test that runs and its engine, and so does its end', async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(1));
    await room.tick(0);
    const page = await visit('desktop', 'candidate');
    await start(page, vigie, room);
    await expect(engine(page)).toBeVisible();
    const { told: types } = await told(page);
    await expect(page.getByRole('timer')).toContainText(await addMinutes(room, 0), SOON);
    await expect.poll(types).toEqual(['vigie:changed']);
    await vigie.call('POST', room.path(0, 'end'), room.proctor);
    await expect(page.getByRole('heading', { name: 'Votre test a été arrêté' })).toBeVisible(SOON);
    await expect(page.locator('iframe')).toHaveCount(0);
  });

  test('a candidate who is unlinked, and a proctor whose password is replaced, are told at once', async ({ vigie, visit, secrets }) => {
    const room = await vigie.room(pupils(2));
    const [candidate, proctor] = [await visit('phone', 'candidate'), await visit('tablet', 'proctor')];
    await start(candidate, vigie, room);
    await expect(waits(candidate)).toBeVisible();
    await enterRoom(proctor, room);
    await vigie.call('DELETE', room.path(0, 'account'), room.proctor);
    await expect(candidate.getByLabel('Date de naissance')).toBeVisible(SOON);
    // From then on the proctor hears: a login that ends before is refused a hearing, and told at the next reading.
    await expect(row(proctor, 'Zoé')).toContainText('À cocher', SOON);

    const kit = await vigie.call<{ sessionPassword: string }>('POST', `/sessions/${room.kit.number}/codes`, room.organiser, { replace: ['sessionPassword'] });
    secrets.push(kit.sessionPassword);
    const dialog = proctor.getByRole('dialog', { name: 'Veuillez vous reconnecter' });
    await expect(dialog).toBeVisible(SOON);
    await dialog.getByLabel('Mot de passe', { exact: true }).fill(room.proctorAccount.password);
    await dialog.getByLabel('Mot de passe de la session').fill(kit.sessionPassword);
    await dialog.getByRole('button', { name: 'Continuer' }).click();
    await expect(dialog).toHaveCount(0);
    // Changes are told to the new login as they were to the old one.
    await room.start(1, await room.join(1));
    await expect(toDo(proctor)).toContainText('Bernard Camille', SOON);
  });

  test('sockets that are cut come back, and nothing of the time between is missed', async ({ vigie, visit }) => {
    test.slow();
    const room = await vigie.room(pupils(2));
    await room.tick(0);
    const network = new Network();
    const [page, proctor] = [await visit('desktop', 'candidate'), await visit('tablet', 'proctor')];
    for (const each of [page, proctor]) await through(each, network.handle);
    await enterRoom(proctor, room);
    await start(page, vigie, room);
    await expect(engine(page)).toBeVisible();
    await expect(row(proctor, 'Zoé')).toContainText('En cours', SOON);
    // Until all that was told is read.
    await page.waitForTimeout(4_000);

    await network.cut();
    const until = await addMinutes(room, 0);
    await room.tick(1);
    await page.waitForTimeout(3_000);
    await expect(page.getByRole('timer')).not.toContainText(until);
    await expect(row(proctor, 'Camille').getByRole('checkbox')).not.toBeChecked();
    network.isCut = false;
    await expect(page.getByRole('timer')).toContainText(until, AGAIN);
    await expect(row(proctor, 'Camille').getByRole('checkbox')).toBeChecked(AGAIN);
    // And what comes after is told again.
    await vigie.call('POST', room.path(0, 'end'), room.proctor);
    await expect(page.getByRole('heading', { name: 'Votre test a été arrêté' })).toBeVisible(SOON);
    await expect(row(proctor, 'Zoé')).toContainText('test arrêté', SOON);
  });

  test('thirty who are ticked at once are read a few times by the room, and once or twice by each candidate', async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(30));
    const proctor = await visit('tablet', 'proctor');
    await enterRoom(proctor, room);
    await expect(rows(proctor)).toHaveCount(30);
    const pages: Page[] = [];
    for (const n of [0, 1, 2]) {
      const page = await visit('phone', 'candidate');
      await start(page, vigie, room, n);
      await expect(waits(page)).toBeVisible();
      pages.push(page);
    }
    await expect(toDo(proctor)).toContainText('À traiter 3', SOON);
    // Until all that was told is read.
    await proctor.waitForTimeout(4_000);
    const board = asked(proctor, '/board');
    const candidates = pages.map((page, n) => ({ page, reads: asked(page, `/candidates/${room.pupil(n).id}`), looks: asked(page, '/here') }));
    await vigie.call('PUT', `/sessions/${room.kit.number}/presence`, room.proctor, { present: true, candidates: room.candidates.map(({ id }) => id) });
    for (const { page } of candidates) await expect(engine(page)).toBeVisible(SOON);
    await expect(proctor.getByText('30/30 présents · 3 commencé')).toBeVisible(SOON);
    await proctor.waitForTimeout(8_000);
    expectApart(board());
    for (const { reads, looks } of candidates) {
      expect(reads().length).toBeGreaterThan(0);
      expect(reads().length).toBeLessThanOrEqual(2);
      // Of the test: as it begins, and because it has begun.
      expect(looks().length).toBeLessThanOrEqual(2);
    }
  });

  test('events that come twice, late and in another order change nothing', async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(10));
    const [proctor, page] = [await visit('tablet', 'proctor'), await visit('phone', 'candidate')];
    for (const each of [proctor, page]) {
      await through(each, (socket) => {
        const server = socket.connectToServer();
        let late = 1_500;
        server.onMessage((message) => {
          socket.send(message);
          late = late > 300 ? late - 300 : 1_500;
          setTimeout(() => { socket.send(message); }, late);
        });
      });
    }
    await enterRoom(proctor, room);
    await expect(rows(proctor)).toHaveCount(10);
    await start(page, vigie, room);
    await expect(waits(page)).toBeVisible();
    await expect(toDo(proctor)).toContainText('Bernard Zoé', SOON);
    await proctor.waitForTimeout(4_000);
    const board = asked(proctor, '/board');
    const looks = asked(page, '/here');
    for (const n of room.candidates.keys()) await room.tick(n);
    await expect(engine(page)).toBeVisible(SOON);
    await expect(proctor.getByText('10/10 présents · 1 commencé')).toBeVisible(SOON);
    for (let times = 0; times < 3; times++) {
      const until = await addMinutes(room, 0);
      await expect(page.getByRole('timer')).toContainText(until, SOON);
    }
    await room.tick(3, false);
    await expect(row(proctor, 'Anaïs').getByRole('checkbox')).not.toBeChecked(SOON);
    await proctor.waitForTimeout(4_000);
    await expect(row(proctor, 'Anaïs').getByRole('checkbox')).not.toBeChecked();
    await expect(row(proctor, 'Zoé')).toContainText('En cours');
    await expect(engine(page)).toBeVisible();
    expectApart(board());
    // As it begins, and of the tick, the start and the three times minutes at most once for each message.
    expect(looks().length).toBeLessThanOrEqual(1 + 2 * 5);
  });
});

test.describe('whose server starts anew', () => {
  test.use({
    server: async ({}, use, info) => {
      await use({ settings: SELDOM, data: info.outputPath('vigie.db') });
    },
  });

  test('pages hear again, and have said nothing of it', async ({ vigie, visit }) => {
    test.slow();
    const room = await vigie.room(pupils(2));
    await room.tick(0);
    const [proctor, page, waiting] = [await visit('tablet', 'proctor'), await visit('desktop', 'candidate'), await visit('phone', 'candidate')];
    await enterRoom(proctor, room);
    await start(page, vigie, room);
    await expect(engine(page)).toBeVisible();
    await start(waiting, vigie, room, 1);
    await expect(toDo(proctor)).toContainText('Bernard Camille', SOON);
    await vigie.restart(async () => { await page.waitForTimeout(2_000); });
    const until = await addMinutes(room, 0);
    await expect(page.getByRole('timer')).toContainText(until, AGAIN);
    await room.tick(1);
    await expect(engine(waiting)).toBeVisible(AGAIN);
    await expect(row(proctor, 'Camille')).toContainText('En cours', AGAIN);
    for (const each of [page, waiting]) await expect(each.locator('.lost')).toBeEmpty();
    await expect(proctor.getByText('Page à jour')).toBeVisible();
    // Each by itself, now.
    await page.getByRole('button', { name: 'J’ai besoin d’aide' }).click();
    await expect(toDo(proctor)).toContainText('Bernard Zoé', SOON);
    for (const n of [0, 1]) await vigie.call('POST', room.path(n, 'end'), room.proctor);
    for (const each of [page, waiting]) await expect(each.getByRole('heading', { name: 'Votre test a été arrêté' })).toBeVisible(SOON);
  });
});

/** All that a page says, but for how much. */
async function says(page: Page): Promise<string> {
  return (await page.locator('body').innerText()).replaceAll(/\d+/g, '0');
}

for (const [name, handle] of [
  ['refused', (socket) => void socket.close()],
  ['silent', () => undefined],
] as [string, (socket: WebSocketRoute) => void][]) {
  test(`where sockets are ${name}, no page says so, and all of it goes on at the usual pace`, async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(2));
    const [proctor, page] = [await visit('tablet', 'proctor'), await visit('phone', 'candidate')];
    await start(page, vigie, room);
    await expect(waits(page)).toBeVisible();
    await enterRoom(proctor, room);
    await expect(toDo(proctor)).toContainText('Bernard Zoé');
    await expect(proctor.getByText(room.kit.accessCode)).toBeVisible();
    const before = [await says(proctor), await says(page)];
    for (const each of [proctor, page]) await through(each, handle);
    await expect(waits(page)).toBeVisible();
    await expect(toDo(proctor)).toContainText('Bernard Zoé');
    // Until it was refused, twice.
    await page.waitForTimeout(6_000);
    expect([await says(proctor), await says(page)]).toEqual(before);
    await room.tick(0);
    await expect(engine(page)).toBeVisible(SOON);
    await expect(row(proctor, 'Zoé')).toContainText('En cours', SOON);
    await expect(page.getByRole('timer')).toContainText(await addMinutes(room, 0), SOON);
    await expect(page.locator('.lost')).toBeEmpty();
  });
}

test('a page that loses its socket for good asks at the usual pace again', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  await room.tick(0);
  const network = new Network();
  const [proctor, page] = [await visit('tablet', 'proctor'), await visit('desktop', 'candidate')];
  for (const each of [proctor, page]) await through(each, network.handle);
  await enterRoom(proctor, room);
  await start(page, vigie, room);
  await expect(engine(page)).toBeVisible();
  // Long enough to have subscribed.
  await page.waitForTimeout(2_000);
  await network.cut();
  for (let times = 0; times < 2; times++) await expect(page.getByRole('timer')).toContainText(await addMinutes(room, 0), SOON);
  await room.tick(1);
  await expect(row(proctor, 'Camille').getByRole('checkbox')).toBeChecked(SOON);
});
