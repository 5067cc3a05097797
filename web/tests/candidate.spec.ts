import type { Page, Route } from '@playwright/test';
import { accessible, begin, code, engine, expect, identify, join, logIn, refuse, start, test, told } from './fixtures';
import { pupils, type TestRoom, type Vigie } from './vigie';

test('a start whose answer is lost is the same start after a reload', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop', 'candidate');
  await join(page, vigie, room);
  const keys: (string | undefined)[] = [];
  let lost = true;
  await page.route('**/start', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (!lost) return route.continue();
    await route.fetch();
    return route.abort('connectionreset');
  });
  await code(page).fill(room.kit.accessCode);
  await begin(page).click();
  await expect.poll(() => keys.length).toBeGreaterThan(1);
  lost = false;
  await page.reload();
  await expect(engine(page)).toBeVisible();
  expect(new Set(keys).size).toBe(1);
  const board = await vigie.call<{ summary: { inProgress: number } }>('GET', `/sessions/${room.kit.number}/board`, room.proctor);
  expect(board.summary.inProgress).toBe(1);
});

for (const { name, answer, says } of [
  { name: 'down', answer: (route: Route) => route.abort('connectionrefused'), says: 'Le serveur ne répond pas' },
  { name: 'broken', answer: (route: Route) => refuse(route, 500, 'internal_error', 'Un souci'), says: '01JZ8K2M3N' },
  { name: 'busy', answer: (route: Route) => refuse(route, 429, 'too_many_requests', 'Un souci', { 'Retry-After': '7' }), says: 'Réessayez dans 7 s.' },
]) {
  test(`a candidate whose server is ${name} reads so at each step, and loses nothing`, async ({ vigie, visit }) => {
    test.slow();
    const room = await vigie.room(pupils(1));
    const page = await visit('desktop', 'candidate');
    await identify(page, vigie, room);
    await page.route('**/join', answer);
    await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
    await expect(page.getByRole('alert').filter({ hasText: says })).toBeVisible();
    await accessible(page);
    await page.unroute('**/join');
    await page.getByRole('button', { name: 'Oui, c’est moi' }).click();

    await code(page).fill(room.kit.accessCode);
    await page.route('**/start', answer);
    await begin(page).click();
    await expect(page.getByRole('alert').filter({ hasText: says })).toBeVisible();
    await expect(code(page)).toHaveValue(room.kit.accessCode);
    await accessible(page);
    await page.unroute('**/start');
    await begin(page).click();
    await expect(page.getByRole('heading', { name: /surveillant/i })).toBeVisible();

    // Waiting: it says that it hears nothing once it has asked, and goes on by itself; so does a reload.
    const status = new RegExp(`/candidates/${room.candidates[0]?.id ?? ''}(/here)?$`);
    await page.route(status, answer);
    await page.getByRole('button', { name: 'Vérifier maintenant' }).click();
    await expect(page.locator('.lost')).toBeVisible();
    await accessible(page);
    await page.reload();
    await expect(page.locator('.lost')).toBeVisible();
    await page.unroute(status);
    await room.tick(0);
    await expect(engine(page)).toBeVisible();
    await page.route(status, answer);
    await vigie.call('POST', room.path(0, 'minutes'), room.proctor, { minutes: 10, reason: 'panne' });
    await expect(page.locator('.lost')).toContainText(/./);
    await expect(engine(page)).toBeVisible();
    await accessible(page);
  });
}

test('a candidate whose login ended while they wait logs in again and is let in', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('desktop', 'candidate');
  const account = await start(page, vigie, room);
  const status = new RegExp(`/candidates/${room.candidates[0]?.id ?? ''}$`);
  await page.route(status, (route) => refuse(route, 401, 'unauthenticated', 'Connexion nécessaire'));
  const dialog = page.getByRole('dialog', { name: 'Veuillez vous reconnecter' });
  await expect(dialog).toBeVisible();
  await page.unroute(status);
  await dialog.getByLabel('Mot de passe', { exact: true }).fill(account.password);
  await dialog.getByRole('button', { name: 'Continuer' }).click();
  await expect(dialog).toHaveCount(0);
  await room.tick(0);
  await expect(engine(page)).toBeVisible();
});

test('too many wrong codes: how long it takes, and then it goes on', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'candidate');
  await join(page, vigie, room);
  await page.route('**/start', (route) => refuse(route, 429, 'too_many_attempts', 'Un souci', { 'Retry-After': '9' }), { times: 1 });
  await code(page).fill('BBBBBB');
  await begin(page).click();
  await expect(page.getByRole('timer')).toBeVisible();
  await accessible(page);
  await code(page).fill(room.kit.accessCode);
  await page.reload();
  await expect(page.getByRole('timer')).toBeVisible();
  await expect(page.getByRole('timer')).toHaveCount(0);
  await begin(page).click();
  await expect(page.getByRole('heading', { name: /surveillant/i })).toBeVisible();
});

test('a join that the proctor undoes asks who one is again', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('desktop', 'candidate');
  await start(page, vigie, room);
  await expect(page.getByRole('heading', { name: /surveillant/i })).toBeVisible();
  await vigie.call('DELETE', room.path(0, 'account'), room.proctor);
  await expect(page.getByLabel('Date de naissance')).toBeVisible();
  await expect(page.getByLabel('Numéro de la session')).toHaveValue(room.kit.number);
  await accessible(page);
});

test('a test resumed elsewhere stops here, and can be taken back with an authorisation', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop', 'candidate');
  const account = await start(page, vigie, room);
  await expect(engine(page)).toBeVisible();
  // The other computer.
  const joined = await vigie.call<{ accessToken: string }>('POST', `/sessions/${room.kit.number}/join`, await vigie.logIn(account), {
    firstName: 'Zoé',
    lastName: 'Bernard',
    birthdate: '2012-05-01',
  });
  await vigie.call('POST', room.path(0, 'resume'), room.proctor);
  await room.start(0, joined.accessToken);
  await expect(page.getByRole('heading', { name: 'Votre test continue ailleurs' })).toBeVisible();
  await expect(page.locator('iframe')).toHaveCount(0);
  await accessible(page);
  await page.getByRole('button', { name: /Reprendre/ }).click();
  await expect(page.getByRole('heading', { name: /surveillant/i })).toBeVisible();
  await vigie.call('POST', room.path(0, 'resume'), room.proctor);
  await expect(engine(page)).toBeVisible();
});

test('a session finalised before the start says so, and logs out by itself', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('desktop', 'candidate');
  await page.clock.install();
  await join(page, vigie, room);
  await code(page).fill(room.kit.accessCode);
  await vigie.call('POST', `/sessions/${room.kit.number}/finalise`, room.organiser);
  await begin(page).click();
  await expect(page.getByText('vous déconnecte toute seule')).toBeVisible();
  await accessible(page);
  await page.clock.fastForward('06:00');
  await expect(page.getByRole('link', { name: 'Je passe le test' })).toBeVisible();
  expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
});

test('a waiting candidate reads the refusal in the language they change to', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('desktop', 'candidate');
  await start(page, vigie, room);
  await expect(page.getByText('n’a pas confirmé votre présence').or(page.getByText("n'a pas confirmé votre présence"))).toBeVisible();
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByText('has not confirmed')).toBeVisible();
  await accessible(page);
  await room.tick(0);
  await expect(page.frameLocator('iframe').getByRole('button', { name: 'Finish' })).toBeVisible();
  await page.getByRole('button', { name: 'Français' }).click();
  await expect(engine(page)).toBeVisible();
});

const stopped = (page: Page) => page.frameLocator('iframe').getByText('Votre test est arrêté ici.');

test('only the frame of the engine is heard, and the engine hears only the page', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop', 'candidate');
  await start(page, vigie, room);
  await expect(engine(page)).toBeVisible();
  const { frame, told: types } = await told(page);
  // Another window's word gives no token away.
  await page.evaluate(() => {
    postMessage({ type: 'vigie:ready' }, '*');
  });
  await page.waitForTimeout(500);
  expect(await types()).toEqual([]);
  await frame.evaluate(() => {
    parent.postMessage({ type: 'vigie:ready' }, '*');
  });
  await expect.poll(types).toEqual(['vigie:attempt', 'vigie:changed']);
  await frame.evaluate(() => {
    postMessage({ type: 'vigie:attempt', accessToken: '', session: '', candidate: '', language: 'en' }, '*');
    postMessage({ type: 'vigie:changed', status: 'ended', start: 1 }, '*');
  });
  await expect.poll(types).toHaveLength(4);
  await expect(engine(page)).toBeVisible();
});

test('the engine asks once, and is told what changes', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop', 'candidate');
  const reads: string[] = [];
  page.on('request', (request) => {
    if (request.frame() !== page.mainFrame() && request.url().includes('/candidates/')) reads.push(request.method());
  });
  await start(page, vigie, room);
  await expect(engine(page)).toBeVisible();
  const { told: types } = await told(page);
  await vigie.call('POST', room.path(0, 'minutes'), room.proctor, { minutes: 10, reason: 'panne' });
  await expect.poll(types).toEqual(['vigie:changed']);
  // What the engine has nothing to do with is not told to it, however often the page reads.
  await help(page).click();
  await expect(calling(page)).toBeVisible();
  await vigie.call('DELETE', room.path(0, 'help'), room.proctor);
  await expect(page.getByText('Votre surveillant arrive.')).toBeVisible();
  await page.waitForTimeout(2_000);
  expect([await types(), reads]).toEqual([['vigie:changed'], ['GET']]);
});

test('whoever has waited sees how much time is left as soon as the test opens', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'candidate');
  await start(page, vigie, room);
  await expect(page.getByRole('heading', { name: 'Attendez votre surveillant' })).toBeVisible();
  await page.route('**/here', (route) => route.abort());
  await room.tick(0);
  await expect(page.getByRole('timer')).toBeVisible();
  await expect(page.getByRole('timer')).toContainText('Il reste', { timeout: 5_000 });
});

test('an engine that begins in a test that was ended meanwhile stops', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop', 'candidate');
  // The page itself hears nothing of what the proctor does.
  await page.route('**/here', (route) => route.abort());
  const begun = page.waitForResponse((answer) => answer.frame() !== page.mainFrame() && answer.url().includes('/candidates/'));
  await start(page, vigie, room);
  await begun;
  await vigie.call('POST', room.path(0, 'end'), room.proctor);
  await expect(engine(page)).toBeVisible();
  await page.frames().find((each) => each.url().includes('/engine/'))?.evaluate(() => { location.reload(); });
  await expect(stopped(page)).toBeVisible();
});

for (const [what, change] of [
  ['ended', { status: 'ended', start: 1 }],
  ['resumed elsewhere', { status: 'in_progress', start: 2 }],
] as const) {
  test(`the engine stops when it is told that its test was ${what}`, async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(1));
    await room.tick(0);
    const page = await visit('desktop', 'candidate');
    await start(page, vigie, room);
    await expect(engine(page)).toBeVisible();
    const tell = (message: object) => page.evaluate((said) => { frames[0]?.postMessage({ type: 'vigie:changed', ...said }, '*'); }, message);
    await tell({ status: 'in_progress', start: 1 });
    await page.waitForTimeout(500);
    await expect(engine(page)).toBeVisible();
    await tell(change);
    await expect(stopped(page)).toBeVisible();
  });
}

const wrongCode = (page: Page) => page.getByText(/n['’]est pas le bon/);
const help = (page: Page) => page.getByRole('button', { name: 'J’ai besoin d’aide' });
const calling = (page: Page) => page.getByText('Votre surveillant est prévenu.');

/** Whether the room sees this candidate call. */
async function calls(vigie: Vigie, room: TestRoom): Promise<boolean> {
  const { candidates } = await vigie.call<{ candidates: { helpSince?: string }[] }>('GET', `/sessions/${room.kit.number}/board`, room.proctor);
  return candidates[0]?.helpSince !== undefined;
}

test('a candidate calls the proctor on each screen, once, and takes it back', async ({ vigie, visit }) => {
  test.slow();
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'candidate');
  await join(page, vigie, room);
  let asked = 0;
  await page.route('**/help', async (route) => {
    asked++;
    await route.continue();
  });
  await help(page).dblclick();
  await expect(calling(page)).toBeVisible();
  expect(asked).toBe(1);
  expect(await calls(vigie, room)).toBe(true);
  await accessible(page);
  // The proctor has come: it follows what the server says.
  await vigie.call('DELETE', room.path(0, 'help'), room.proctor);
  await expect(page.getByText('Votre surveillant arrive.')).toBeVisible();
  await expect(help(page)).toBeVisible();
  await expect(calling(page)).toHaveCount(0);

  await code(page).fill(room.kit.accessCode);
  await begin(page).click();
  await expect(page.getByRole('heading', { name: 'Attendez votre surveillant' })).toBeVisible();
  await page.unroute('**/help');
  await page.route('**/help', (route) => route.abort());
  await help(page).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Le serveur ne répond pas' })).toBeVisible();
  await accessible(page);
  await page.unroute('**/help');
  await help(page).click();
  await expect(calling(page)).toBeVisible();
  await page.reload();
  await expect(calling(page)).toBeVisible();
  await room.tick(0);

  await expect(engine(page)).toBeVisible();
  await expect(calling(page)).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Annuler l’appel' }).click();
  await expect(help(page)).toBeVisible();
  // Whoever took it back is told of nobody who comes.
  await expect(page.getByText('Votre surveillant arrive.')).toHaveCount(0);
  expect(await calls(vigie, room)).toBe(false);

  await page.getByRole('button', { name: 'Quitter' }).click();
  await page.getByRole('button', { name: 'Oui, quitter' }).click();
  await expect(page.getByRole('heading', { name: 'Vous avez quitté le test' })).toBeVisible();
  await help(page).click();
  await expect(calling(page)).toBeVisible();
  await accessible(page);
});

test.describe('where the server is asked as often whether or not it pushes', () => {
  test.use({ server: { settings: { LIVE_WAITING_REFRESH_SECONDS: '1' } } });

  test('whoever calls from the code screen reads where they stand at the pace the server gives', async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(1));
    const page = await visit('phone', 'candidate');
    await join(page, vigie, room);
    await help(page).click();
    await expect(calling(page)).toBeVisible();
    let reads = 0;
    page.on('request', (request) => {
      if (request.method() === 'GET' && request.url().endsWith(room.candidates[0]?.id ?? '-')) reads++;
    });
    await page.waitForTimeout(5_000);
    // A second apart here, at either pace.
    expect(reads).toBeGreaterThan(1);
    expect(reads).toBeLessThan(10);
  });
});

test('whoever can’t log in comes in with a pass, without an account, also after a reload', async ({ vigie, visit, secrets }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const { code: pass } = await vigie.call<{ code: string }>('POST', room.path(0, 'pass'), room.proctor);
  secrets.push(pass, room.kit.accessCode);
  const page = await visit('phone', 'candidate');
  await page.getByText('Mot de passe oublié ?').click();
  await expect(page.getByText('Demandez un laissez-passer')).toBeVisible();
  await page.getByRole('link', { name: 'Retour à la connexion' }).click();
  await page.getByRole('button', { name: 'Je n’arrive pas à me connecter' }).click();
  await expect(page.getByRole('heading', { name: 'Entrer avec un laissez-passer' })).toBeFocused();
  const enter = page.getByRole('button', { name: 'Entrer', exact: true });
  await enter.click();
  await expect(page.getByLabel('Numéro de la session')).toBeFocused();
  await accessible(page);
  await page.getByLabel('Numéro de la session').fill(room.kit.number);
  await expect(page.getByText('Veuillez remplir ce champ.')).toHaveCount(0);
  const field = page.getByLabel('Laissez-passer communiqué');
  await field.fill('BBBBBBBB');
  await enter.click();
  await expect(page.getByText(/Ce laissez-passer n['’]est pas/)).toBeVisible();
  await expect(field).toBeFocused();
  await accessible(page);
  await page.reload();
  await expect(page.getByLabel('Numéro de la session')).toHaveValue(room.kit.number);

  // The answer is lost: the same try is made again.
  const keys: (string | undefined)[] = [];
  await page.route('**/sessions/*/pass', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    expect(route.request().headers()['authorization']).toBeUndefined();
    await route.fetch();
    return route.abort('connectionreset');
  });
  await field.fill(` ${pass.toLowerCase().slice(0, 4)}-${pass.slice(4)}`);
  await enter.click();
  await expect(page.getByText('Le serveur ne répond pas')).toBeVisible();
  await page.unroute('**/sessions/*/pass');
  await page.route('**/sessions/*/pass', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    await route.continue();
  });
  await page.reload();
  await enter.click();
  await expect(page.getByRole('heading', { name: 'Vous allez commencer votre test de certification' })).toBeVisible();
  expect(new Set(keys).size).toBe(1);
  await expect(page.getByText('Bernard Zoé')).toBeVisible();
  await page.reload();
  await code(page).fill(room.kit.accessCode);
  await begin(page).click();
  await expect(engine(page)).toBeVisible();
  await page.reload();
  await expect(engine(page)).toBeVisible();
});

test('a candidacy by a pass that lapses needs a new pass, and says so', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const issue = async () => (await vigie.call<{ code: string }>('POST', room.path(0, 'pass'), room.proctor)).code;
  const page = await visit('phone', 'candidate/pass');
  const enter = async (pass: string) => {
    await page.getByLabel('Laissez-passer communiqué').fill(pass);
    await page.getByRole('button', { name: 'Entrer', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Vous allez commencer' })).toBeVisible();
  };
  await page.getByLabel('Numéro de la session').fill(room.kit.number);
  await enter(await issue());
  await page.route('**/start', (route) => refuse(route, 401, 'unauthenticated', 'Connexion nécessaire'));
  await code(page).fill(room.kit.accessCode);
  await begin(page).click();
  const dialog = page.getByRole('dialog', { name: 'Il faut un nouveau laissez-passer' });
  await expect(dialog).toBeVisible();
  await accessible(page);
  await page.unroute('**/start');
  await dialog.getByRole('button').click();
  await expect(page.getByLabel('Numéro de la session')).toHaveValue(room.kit.number);
  await enter(await issue());
  // Somebody else is let in instead of them.
  await code(page).fill(room.kit.accessCode);
  await begin(page).click();
  await expect(page.getByRole('heading', { name: 'Attendez votre surveillant' })).toBeVisible();
  await vigie.call('POST', `/sessions/${room.kit.number}/pass`, undefined, { code: await issue() });
  await expect(page.getByText('Votre laissez-passer n’est plus valable.')).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Revenir' }).click();
  await expect(page.getByRole('button', { name: 'Je me connecte' })).toBeVisible();
});

test('whoever may not join is told of the pass', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.join(0);
  const page = await visit('phone', 'candidate');
  await identify(page, vigie, room);
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'déjà' })).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'J’ai un laissez-passer' }).click();
  await expect(page.getByLabel('Numéro de la session')).toHaveValue(room.kit.number);
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Est-ce bien vous ?' })).toBeVisible();
});

test('what no code has is said at once and not sent, and the last tries are counted', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'candidate');
  await join(page, vigie, room);
  let sent = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/start')) sent++;
  });
  await expect(page.getByText('Il n’y a jamais de 0, 1, 5, A, E, I, L, N, O, S, U, Z.')).toBeVisible();
  await code(page).pressSequentially('xo');
  await expect(page.getByText('Il n’y a jamais de O dans ce code')).toBeVisible();
  await accessible(page);
  await code(page).fill('XOXOXO');
  await begin(page).click();
  await expect(code(page)).toBeFocused();
  expect(sent).toBe(0);
  const wrong = room.kit.accessCode === 'BBBBBB' ? 'CCCCCC' : 'BBBBBB';
  for (const [tries, left] of [undefined, undefined, 'Il vous reste 7 essais.', 'Il vous reste 6 essais.'].entries()) {
    await code(page).fill('');
    await code(page).fill(wrong);
    await expect(wrongCode(page)).toHaveCount(0);
    await begin(page).click();
    await expect(wrongCode(page)).toBeVisible();
    if (left) await expect(page.getByText(left)).toBeVisible();
    else await expect(page.getByText('Il vous reste')).toHaveCount(0);
    expect(sent).toBe(tries + 1);
  }
});

test('a session that is not open says at the top when it will be, by the server’s clock', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'candidate');
  // This computer's clock is years behind.
  await page.clock.setFixedTime('2019-04-29T13:30:00Z');
  await Promise.all([page.waitForResponse(new RegExp(`/candidates/${room.candidates[0]?.id ?? ''}$`)), join(page, vigie, room)]);
  await page.waitForTimeout(1_500);
  await expect(page.getByText('pas encore ouverte')).toHaveCount(0);
  await vigie.call('PATCH', `/sessions/${room.kit.number}`, room.organiser, { date: '2099-04-29', time: '13:30' });
  await code(page).fill(room.kit.accessCode);
  await begin(page).click();
  await expect(page.getByText('elle ouvre le 29/04/2099 à 11:30')).toBeVisible();
  await expect(code(page)).toHaveValue(room.kit.accessCode);
  await accessible(page);
  await page.reload();
  await expect(page.getByText('elle ouvre le 29/04/2099 à 11:30')).toBeVisible();
  await vigie.call('PATCH', `/sessions/${room.kit.number}`, room.organiser, { date: '2022-04-29' });
  await begin(page).click();
  await expect(page.getByText('fermée depuis le 30/04/2022 à 13:30')).toBeVisible();

  const other = await visit('phone', 'candidate');
  await identify(other, vigie, room);
  await other.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await expect(other.getByRole('alert').filter({ hasText: 'fermé' })).toBeVisible();
  await accessible(other);
});

test('the browser’s Back goes from the confirmation to the form, with what was typed', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'candidate');
  await identify(page, vigie, room);
  await expect(page.getByRole('heading', { name: 'Est-ce bien vous ?' })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel('Date de naissance')).toHaveValue('01/05/2012');
  await page.goForward();
  await page.reload();
  await page.getByRole('button', { name: 'Corriger' }).click();
  await expect(page.getByLabel('Date de naissance')).toHaveValue('01/05/2012');
});

test('without network a button says so at once', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'candidate');
  const offline = page.getByRole('alert').filter({ hasText: 'Pas de connexion à internet' });
  await page.context().setOffline(true);
  await logIn(page, await vigie.account('Zoé', 'Bernard'));
  await expect(offline).toBeVisible({ timeout: 5_000 });
  await accessible(page);
  await page.context().setOffline(false);
  await identify(page, vigie, room);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await expect(offline).toBeVisible({ timeout: 5_000 });
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await code(page).fill(room.kit.accessCode);
  await page.context().setOffline(true);
  await begin(page).click();
  await expect(offline).toBeVisible({ timeout: 5_000 });
});

test('the room sees at once that the page of a test is closed, and that it is there again', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop', 'candidate');
  await start(page, vigie, room);
  await expect(engine(page)).toBeVisible();
  const awaySince = async () => {
    const { candidates } = await vigie.call<{ candidates: { awaySince?: string }[] }>('GET', `/sessions/${room.kit.number}/board`, room.proctor);
    return Date.parse(candidates[0]?.awaySince ?? '');
  };
  await page.evaluate(() => navigator.serviceWorker.ready);
  // Once without the worker, once with it.
  for (const times of [1, 2]) {
    await expect.poll(awaySince, `time ${times}`).toBeNaN();
    // A worker that has much to do keeps nobody waiting.
    const busy = page.context().serviceWorkers().map((worker) => worker.evaluate(() => { for (const until = Date.now() + 2_000; Date.now() < until; ); }));
    // Of a page that only fell silent, it would be the last time that it was heard.
    const closing = Date.now();
    await page.goto('about:blank');
    await expect.poll(awaySince, `time ${times}`).toBeGreaterThanOrEqual(closing);
    await Promise.all(busy);
    await page.goBack();
    await expect(engine(page)).toBeVisible();
  }
  expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
});

test('without network the page of a running test opens after a reload, and goes on', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop', 'candidate');
  await page.evaluate(() => caches.open('vigie of an earlier build'));
  await start(page, vigie, room);
  await expect(engine(page)).toBeVisible();
  const kept = () => page.evaluate(async () => Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname))));
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(async () => (await kept()).length).toBe(1);
  const [paths = []] = await kept();
  expect(paths).toContain('/app/');
  expect(paths.filter((path) => !path.startsWith('/app/') || /Organiser|Proctor|docs/.test(path))).toEqual([]);

  await page.context().setOffline(true);
  await page.reload();
  await expect(engine(page)).toBeVisible();
  await expect(page.getByText('Votre test reste ouvert : vous pouvez finir.')).toBeVisible();
  expect(await page.locator('header img').evaluate((icon: HTMLImageElement) => icon.naturalWidth)).toBeGreaterThan(0);
  await accessible(page);
  await page.context().setOffline(false);
  await expect(page.getByText('Votre test reste ouvert')).toHaveCount(0);
  // Where there is network, what the server has comes first.
  await page.reload();
  await expect(engine(page)).toBeVisible();
  await engine(page).click();
  await page.frameLocator('iframe').getByRole('button', { name: 'Oui, terminer' }).click();
  await expect(page.getByRole('heading', { name: 'Votre test est terminé' })).toBeVisible();
});
