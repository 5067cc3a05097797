import type { Page } from '@playwright/test';
import { accessible, enterRoom, expect, handNear, logIn, openSheet, row, rows, savedAs, test, toDo } from './fixtures';
import { pupils } from './vigie';

const tick = (page: Page, name: string) => row(page, name).getByRole('checkbox');

/** Where each row stands on the page. */
function places(page: Page): Promise<string[]> {
  return rows(page).evaluateAll((all) =>
    all.map((row) => {
      const { x, y, width, height } = row.getBoundingClientRect();
      return [row.querySelector('.name')?.textContent, x, y + scrollY, width, height].join(' ');
    }),
  );
}

test('the room on a tablet: ticks, who waits, resume, end', async ({ vigie, visit, secrets }) => {
  const room = await vigie.room(pupils(8));
  secrets.push('Bernard', 'Martin', room.kit.sessionPassword, room.kit.accessCode);
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await expect(page.getByText('Salle : Salle 12 · Surveillant : AED · Site : Collège Jean Moulin')).toBeVisible();
  await expect(page.getByText(`Code d’accès ${room.kit.accessCode}`)).toBeVisible();
  await expect(rows(page)).toHaveCount(8);
  await accessible(page);

  // A tick shows once the server has confirmed it, and can be taken back.
  await tick(page, 'Zoé').click();
  await expect(tick(page, 'Zoé')).toBeChecked();
  await expect(page.getByText('Bernard Zoé : présence confirmée.')).toBeVisible();
  await expect(page.getByText('1/8 présent · 0 commencé')).toBeVisible();
  await page.getByRole('button', { name: 'Annuler' }).click();
  await expect(tick(page, 'Zoé')).not.toBeChecked();

  // One who stands before a refused start is named on top, and is let in from there.
  const token = await room.join(4);
  await room.start(4, token);
  await expect(toDo(page)).toContainText('Bernard Léo');
  await expect(toDo(page)).toContainText('Présence à confirmer, à l’instant');
  await expect(page).toHaveTitle(`(1) Session ${room.kit.number} · Vigie`);
  await accessible(page);
  await toDo(page).getByRole('button', { name: 'Confirmer la présence de Bernard Léo' }).click();
  await expect(row(page, 'Léo')).toContainText('Présence confirmée');
  await expect(toDo(page)).toContainText('Personne n’attend.');
  await room.start(4, token);
  await expect(row(page, 'Léo')).toContainText('En cours');
  await expect(page.getByText('1/8 présent · 1 commencé')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Annuler' })).toBeHidden();

  // Cut off, authorised, withdrawn.
  await room.leave(4, token);
  await expect(row(page, 'Léo')).toContainText('Interrompu');
  await toDo(page).getByRole('button', { name: 'Autoriser la reprise de Bernard Léo' }).click();
  await expect(row(page, 'Léo')).toContainText('Reprise autorisée');
  await page.getByRole('button', { name: 'Annuler' }).click();
  await expect(row(page, 'Léo')).toContainText('Interrompu');

  // Ended for ever, after a question that names them.
  const sheet = await openSheet(page, 'Léo');
  await accessible(page);
  await sheet.getByRole('button', { name: 'Terminer le test' }).click();
  const question = page.getByRole('dialog', { name: 'Terminer le test de Bernard Léo ?' });
  await expect(question).toContainText('ne peut plus jamais être repris');
  await accessible(page);
  await question.getByRole('button', { name: 'Terminer le test de Bernard Léo' }).click();
  await expect(row(page, 'Léo')).toContainText('Terminé');
  await expect(row(page, 'Léo')).toContainText('test arrêté');

  // A reload changes nothing.
  await page.reload();
  await expect(rows(page)).toHaveCount(8);
  await page.getByRole('button', { name: 'Menu' }).click();
  await accessible(page);
  await page.getByRole('button', { name: 'Quitter' }).click();
  await expect(page.getByLabel('Numéro de la session')).toBeVisible();
});

test('whoever waits, calls, falls silent or goes on, no row moves', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(12));
  const [running, silent, waiting] = [await room.running(1), await room.running(5), await room.join(7)];
  for (const size of ['phone', 'tablet', 'desktop'] as const) {
    const page = await visit(size, 'proctor');
    await enterRoom(page, room);
    await expect(rows(page)).toHaveCount(12);
    const before = await places(page);
    await room.start(7, waiting);
    await vigie.call('POST', room.path(1, 'help'), running);
    await room.leave(5, silent);
    await expect(toDo(page)).toContainText('À traiter 3');
    expect(await places(page)).toEqual(before);
    await vigie.call('DELETE', room.path(1, 'help'), running);
    await room.tick(7);
    await expect(toDo(page)).toContainText('À traiter 1');
    expect(await places(page)).toEqual(before);
    await room.tick(7, false);
  }
});

test('who needs the proctor keeps their place as others are settled, while a hand is near', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  for (const n of [0, 1, 2]) await room.start(n, await room.join(n));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  const entries = toDo(page).getByRole('listitem');
  await expect(entries).toHaveCount(3);
  const second = await entries.nth(1).boundingBox();
  const leave = await handNear(toDo(page).getByRole('list'));
  await entries.first().getByRole('button', { name: 'Confirmer la présence' }).click();
  await expect(entries.first()).toContainText('C’est fait');
  expect(await entries.nth(1).boundingBox()).toEqual(second);
  await leave();
  await expect(entries).toHaveCount(2);
});

test('at 2.5 s latency thirty quick taps are thirty present in four requests, and no box says otherwise meanwhile', async ({ vigie, visit }) => {
  test.slow();
  const room = await vigie.room(pupils(30));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await expect(rows(page)).toHaveCount(30);
  const confirmed = new Set<string>();
  let requests = 0;
  await page.route('**/presence', async (route) => {
    requests++;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const answer = await route.fetch();
    const { results } = (await answer.json()) as { results: { view: { firstName: string; lastName: string } }[] };
    for (const { view } of results) confirmed.add(`${view.lastName} ${view.firstName}`);
    await route.fulfill({ response: answer });
  });
  // The room's own reads would confirm ticks too: what this is about is the requests of the taps.
  await page.route('**/board', (route) => route.abort());
  // What each box showed, frame by frame.
  await page.evaluate(() => {
    const frames: string[] = [];
    Object.assign(globalThis, { frames });
    const look = () => {
      for (const box of document.querySelectorAll<HTMLInputElement>('.room input[type=checkbox]')) {
        const row = box.closest('li');
        const said = row?.querySelector('.state')?.textContent.trim() ?? '';
        frames.push([row?.querySelector('.name')?.textContent.trim(), box.checked, box.indeterminate, said].join('|'));
      }
      requestAnimationFrame(look);
    };
    look();
  });
  // Ten a second, however slow the machine that drives the browser; a slow browser takes longer.
  const took = await page.evaluate(async () => {
    const begun = performance.now();
    for (const box of document.querySelectorAll<HTMLInputElement>('.room input[type=checkbox]')) {
      box.click();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return performance.now() - begun;
  });
  // Somebody impatient taps again.
  await tick(page, 'Bernard Zoé').click();
  await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(30, { timeout: 20_000 });
  expect(requests).toBeLessThanOrEqual(2 + Math.ceil(took / 2_500));
  expect(confirmed.size).toBe(30);
  const seen = new Set(await page.evaluate(() => (globalThis as unknown as { frames: string[] }).frames.map((frame) => frame.split('|').slice(1).join('|'))));
  expect([...seen].sort()).toEqual(['false|false|À cocher', 'false|true|Présent, envoi…', 'true|false|Présence confirmée']);
});

test('all who are left are ticked at once after a question, and that is undone for those who have not started', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(6));
  await room.tick(2);
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'Tout cocher (5)' }).click();
  await expect(page.getByRole('dialog')).toContainText('Cocher 5 candidats d’un coup ?');
  await accessible(page);
  await page.getByRole('button', { name: 'Tout cocher', exact: true }).click();
  await expect(page.getByText('5 présences confirmées.')).toBeVisible();
  await expect(page.getByText('6/6 présents')).toBeVisible();
  await room.start(4, await room.join(4));
  await expect(row(page, 'Léo')).toContainText('En cours');
  await page.getByRole('button', { name: 'Annuler' }).click();
  await expect(page.getByText('4 coches retirées.')).toBeVisible();
  await expect(tick(page, 'Hugo')).toBeChecked();
  await expect(row(page, 'Léo')).toContainText('En cours');
});

test('after a power failure all are authorised at once, and in the end those pointed out are ended', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(5));
  for (const n of [0, 1, 2, 3]) await room.leave(n, await room.running(n));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await toDo(page).getByRole('button', { name: 'Autoriser les 4' }).click();
  await expect(page.getByText('4 reprises autorisées.')).toBeVisible();
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('button', { name: 'Plusieurs candidats à la fois' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Personne n’est concerné pour le moment.');
  await dialog.getByRole('radio', { name: 'Terminer le test' }).check();
  await expect(dialog).toContainText('0 candidat choisi');
  await dialog.getByRole('checkbox', { name: 'Bernard Zoé' }).check();
  await dialog.getByRole('checkbox', { name: 'Bernard Hugo' }).check();
  await accessible(page);
  await dialog.getByRole('button', { name: 'Terminer ces tests' }).click();
  await expect(dialog).toContainText('ne peut plus jamais être repris');
  // A second press counts once the question could be read.
  await page.waitForTimeout(1_100);
  await dialog.getByRole('button', { name: 'Terminer ces tests' }).click();
  await expect(page.getByText('2 tests terminés.')).toBeVisible();
  await expect(rows(page).filter({ hasText: 'test arrêté' })).toHaveCount(2);
});

test('of several who are ended, whoever is not is named, and a double click ends nobody', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  for (const n of [0, 1]) await room.running(n);
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('button', { name: 'Plusieurs candidats à la fois' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Terminer le test' }).check();
  for (const name of ['Bernard Zoé', 'Bernard Camille']) await dialog.getByRole('checkbox', { name }).check();
  let asked = 0;
  await page.route('**/end', async (route) => {
    asked++;
    const body = route.request().postDataJSON() as { candidates: string[] };
    const answer = await route.fetch({ postData: { ...body, candidates: body.candidates.slice(0, 1) } });
    const { results } = (await answer.json()) as { results: Record<string, unknown>[] };
    results.push({ candidate: body.candidates[1], status: 503, code: 'busy' });
    return route.fulfill({ response: answer, json: { results } });
  });
  await dialog.getByRole('button', { name: 'Terminer ces tests' }).dblclick();
  await page.waitForTimeout(1_200);
  expect(asked).toBe(0);
  await dialog.getByRole('button', { name: 'Terminer ces tests' }).click();
  await expect(page.getByText(/Pas fait pour Bernard (Zoé|Camille)\s: le serveur était occupé, réessayez\./)).toBeVisible();
});

test('a message leaves by itself, sooner when it is not true any more', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await tick(page, 'Zoé').click();
  await expect(page.getByText('présence confirmée.')).toBeVisible();
  await room.start(0, await room.join(0));
  await expect(page.getByText('présence confirmée.')).toHaveCount(0, { timeout: 5_000 });
  await tick(page, 'Hugo').click();
  await expect(page.getByText('présence confirmée.')).toBeVisible();
  await page.waitForTimeout(4_000);
  await expect(page.getByText('présence confirmée.')).toBeVisible();
  await expect(page.getByText('présence confirmée.')).toHaveCount(0, { timeout: 8_000 });
  await expect(page.getByText('Page à jour')).toBeVisible();
});

test('a pass is given in large type with its minutes, and lets in who could not log in', async ({ vigie, visit, secrets }) => {
  const room = await vigie.room(pupils(2));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  const sheet = await openSheet(page, 'Zoé');
  await sheet.getByRole('button', { name: 'Donner un laissez-passer' }).click();
  await accessible(page);
  await sheet.getByRole('button', { name: 'Créer le laissez-passer' }).click();
  await expect(sheet).toContainText('Encore 10 min');
  await accessible(page);
  const code = /[2-9A-Z]{4} [2-9A-Z]{4}/.exec(await sheet.innerText())?.[0] ?? '';
  secrets.push(code, code.replace(' ', ''));
  await vigie.call('POST', `/sessions/${room.kit.number}/pass`, undefined, { code });
  await expect(sheet).toContainText('Bernard Zoé est entré(e)');
  await page.keyboard.press('Escape');
  await expect(row(page, 'Zoé')).toContainText('connecté');
});

test('a candidate who calls is answered', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const token = await room.running(1);
  await vigie.call('POST', room.path(1, 'help'), token);
  const page = await visit('phone', 'proctor');
  await enterRoom(page, room);
  await expect(row(page, 'Camille')).toContainText('En cours');
  await expect(row(page, 'Camille')).toContainText('Appelle');
  await toDo(page).getByRole('button', { name: /^À traiter/ }).click();
  await expect(rows(page)).toHaveCount(1);
  await toDo(page).getByRole('button', { name: 'J’arrive : Bernard Camille' }).click();
  await expect(page.getByText('Bernard Camille sait que vous arrivez.')).toBeVisible();
  await page.getByRole('combobox', { name: 'Afficher' }).selectOption('all');
  await expect(row(page, 'Camille')).not.toContainText('Appelle');
});

test('times are the session’s, and say so where clocks show others', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const local = await visit('desktop', 'proctor');
  await enterRoom(local, room);
  await local.getByRole('button', { name: 'Menu' }).click();
  await expect(local.getByText('(heure de Paris)')).toHaveCount(0);
  const page = await visit('desktop', 'proctor', 'Pacific/Tahiti');
  await enterRoom(page, room);
  const paris = new Intl.DateTimeFormat('fr', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Paris' });
  await expect.poll(async () => page.getByText(`Page à jour à ${paris.format(new Date())}`).count()).toBe(1);
  await page.getByRole('button', { name: 'Menu' }).click();
  await expect(page.getByText('(heure de Paris)')).toBeVisible();
});

test('before it opens and after it has closed, the room says from or until when', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'proctor');
  await enterRoom(page, room);
  const moved = async (hours: number) => {
    await page.route('**/board', async (route) => {
      const answer = await route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } });
      const board = (await answer.json()) as { session: { opensAt: string; closesAt: string } };
      for (const edge of ['opensAt', 'closesAt'] as const) board.session[edge] = new Date(Date.parse(board.session[edge]) + hours * 3_600_000).toISOString();
      return route.fulfill({ response: answer, json: board });
    });
    await page.reload();
  };
  await moved(48);
  await expect(page.getByText('Les candidats pourront commencer le')).toBeVisible();
  await accessible(page);
  await page.unrouteAll({ behavior: 'wait' });
  await moved(-48);
  await expect(page.getByText('Plus personne ne peut commencer')).toBeVisible();
});

test('search takes no notice of accents; a filter counts, is tapped off, and says when nothing is left', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(8));
  await room.tick(0);
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('searchbox').fill('zoe');
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('searchbox').fill('zzz');
  await expect(page.getByText('Aucun candidat de ce nom.')).toBeVisible();
  await page.getByRole('button', { name: 'Afficher tous les candidats' }).click();
  await expect(rows(page)).toHaveCount(8);
  await page.getByRole('button', { name: 'Prêts 1' }).click();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Prêts 1' }).click();
  await expect(rows(page)).toHaveCount(8);
  await page.getByRole('button', { name: 'Terminés 0' }).click();
  await expect(page.getByText('Aucun test n’est terminé.')).toBeVisible();
  await accessible(page);

  const phone = await visit('phone', 'proctor');
  await enterRoom(phone, room);
  await expect(phone.getByRole('searchbox')).toBeHidden();
  await phone.getByRole('button', { name: 'Rechercher un candidat' }).click();
  await expect(phone.getByRole('searchbox')).toBeFocused();
  await phone.keyboard.type('zoe');
  await expect(rows(phone)).toHaveCount(1);
});

for (const [size, width, height] of [['desktop', 1280, 800], ['tablet', 820, 1180]] as const) {
  test(`thirty fit a ${width} × ${height} screen with message and strip, column by column, in targets of 44 px`, async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(30));
    const token = await room.running(3);
    await room.leave(3, token);
    await room.start(3, token);
    await room.start(5, await room.join(5));
    const page = await visit(size, 'proctor');
    await enterRoom(page, room);
    await tick(page, 'Martin Zoé').click();
    await expect(page.getByText('présence confirmée.')).toBeVisible();
    await expect(toDo(page)).toContainText('À traiter 2');
    const scrolled = await page.evaluate(() => ({ height: document.documentElement.scrollHeight, width: document.documentElement.scrollWidth }));
    expect(scrolled).toEqual({ height, width });
    const names = await rows(page).locator('.name').allTextContents();
    const shown = await rows(page).evaluateAll((all) =>
      all
        .map((row, at) => ({ at, box: row.getBoundingClientRect() }))
        .sort((a, b) => a.box.x - b.box.x || a.box.y - b.box.y)
        .map(({ at }) => at),
    );
    expect(shown).toEqual(names.map((_, at) => at));
    for (const target of await page.locator('.room label, .room button:visible, .room select:visible').all()) {
      const box = await target.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0), await target.innerText()).toBeGreaterThanOrEqual(44);
    }
  });
}

test('a phone shows seven names before anything is scrolled', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(30));
  await room.start(5, await room.join(5));
  const page = await visit('phone', 'proctor');
  await page.setViewportSize({ width: 360, height: 740 });
  await enterRoom(page, room);
  await expect(toDo(page)).toContainText('À traiter 1');
  const foot = (await page.locator('.foot').boundingBox())?.y ?? 0;
  const bottoms = await rows(page).evaluateAll((all) => all.map((row) => row.getBoundingClientRect().bottom));
  expect(bottoms.filter((bottom) => bottom <= foot).length).toBeGreaterThanOrEqual(7);
});

test('with text twice as large half of the screen stays list', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(30));
  await room.start(5, await room.join(5));
  for (const size of ['phone', 'tablet', 'desktop'] as const) {
    const page = await visit(size, 'proctor');
    await enterRoom(page, room);
    await page.evaluate(() => {
      document.documentElement.style.setProperty('font-size', '200%');
    });
    await page.mouse.wheel(0, 2_000);
    const list = () =>
      page.evaluate(() => {
        const shown = (selector: string) => document.querySelector(selector)?.getBoundingClientRect();
        const top = Math.max(0, shown('.top')?.bottom ?? 0);
        return ((shown('.foot')?.top ?? 0) - top) / innerHeight;
      });
    await expect.poll(list).toBeGreaterThanOrEqual(0.5);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await accessible(page);
  }
});

test('ticks made offline wait, say so, go together, and are not shown as done', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.context().setOffline(true);
  for (const name of ['Zoé', 'Hugo', 'Camille']) await tick(page, name).click();
  await expect(page.getByText('3 présences attendent le réseau')).toBeVisible();
  await expect(page.getByText('Pas de nouvelles du serveur')).toBeVisible();
  await expect(tick(page, 'Zoé')).not.toBeChecked();
  await expect(row(page, 'Zoé')).toContainText('Présent, envoi…');
  expect(await tick(page, 'Zoé').evaluate((box: HTMLInputElement) => box.indeterminate)).toBe(true);
  await accessible(page);
  let requests = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/presence')) requests++;
  });
  await page.waitForTimeout(1_200);
  await tick(page, 'Zoé').click();
  requests = 0;
  await page.context().setOffline(false);
  await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(3);
  expect(requests).toBeLessThanOrEqual(2);
  await expect(page.getByText('Page à jour')).toBeVisible({ timeout: 20_000 });
});

test('of what waited offline nothing is lost, ticks and ticks taken back', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  await room.tick(0);
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await expect(tick(page, 'Zoé')).toBeChecked();
  await page.context().setOffline(true);
  await tick(page, 'Hugo').click();
  await page.waitForTimeout(500);
  await tick(page, 'Zoé').click();
  await page.waitForTimeout(500);
  await tick(page, 'Camille').click();
  await expect(page.getByText('3 présences attendent le réseau')).toBeVisible();
  // Each answer takes a while, so that whatever is sent twice would meet.
  let requests = 0;
  await page.route('**/presence', async (route) => {
    requests++;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await route.continue();
  });
  await page.context().setOffline(false);
  for (const name of ['Hugo', 'Camille']) await expect(tick(page, name)).toBeChecked();
  await expect(tick(page, 'Zoé')).not.toBeChecked();
  await expect(page.getByText('attendent le réseau')).toHaveCount(0);
  const board = await vigie.call<{ summary: { present: number; enrolled: number } }>('GET', `/sessions/${room.kit.number}/board`, room.proctor);
  expect(board.summary).toMatchObject({ present: 2, enrolled: 2 });
  expect(requests).toBe(2);
});

test('a refresh keeps scroll, focus and an open sheet', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(30));
  const page = await visit('phone', 'proctor');
  await enterRoom(page, room);
  const box = tick(page, 'Martin Zoé');
  await box.scrollIntoViewIfNeeded();
  await box.focus();
  const scrolled = await page.evaluate(() => scrollY);
  await room.tick(25);
  await expect(page.getByRole('option', { name: 'Prêts 1' })).toBeAttached();
  await expect(box).toBeFocused();
  expect(Math.abs((await page.evaluate(() => scrollY)) - scrolled)).toBeLessThan(3);
  await openSheet(page, 'Martin Zoé');
  await room.tick(26);
  await expect(page.getByRole('option', { name: 'Prêts 2', includeHidden: true })).toBeAttached();
  await expect(page.getByRole('dialog', { name: 'Martin Zoé' })).toBeVisible();
});

test('with three hundred of long names in several scripts nothing overlaps, and a change is drawn within a frame or two', async ({ vigie, visit }) => {
  test.slow();
  const LONG = ['Anne-Charlotte de la Rochefoucauld-Montmorency du Plessis-Bellière', 'Nguyễn Thị Phương Thảo Hoàng Minh Châu Bảo Ngọc Linh Đan Quỳnh', 'محمد عبد الرحمن بن عبد العزيز آل إبراهيم المصري', 'Παπαδοπούλου-Κωνσταντινίδη', '王小明'];
  const room = await vigie.room(pupils(300).map((pupil, n) => ({ ...pupil, lastName: `${LONG[n % LONG.length]?.slice(0, 60) ?? ''} ${String.fromCodePoint(65 + Math.floor(n / 60))}`, birthdate: `2012-0${1 + (n % 9)}-${String(1 + (n % 28)).padStart(2, '0')}` })));
  for (const size of ['phone', 'desktop'] as const) {
    const page = await visit(size, 'proctor');
    await enterRoom(page, room);
    await expect(rows(page)).toHaveCount(300);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    const clashes = await rows(page).evaluateAll((all) =>
      all.filter((row) => {
        const box = (selector: string) => row.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
        const [name, state, whole] = [box('.who'), box('.state'), row.getBoundingClientRect()];
        return name.right > state.left + 1 || name.bottom > whole.bottom + 1 || name.top < whole.top - 1;
      }).length,
    );
    expect(clashes).toBe(0);
    // From the tap to what says that it is under way.
    const frames = await page.evaluate(async () => {
      const box = document.querySelectorAll<HTMLInputElement>('.room input[type=checkbox]')[150];
      box?.click();
      let count = 0;
      while (box && !box.indeterminate && !box.checked) {
        await new Promise(requestAnimationFrame);
        count++;
      }
      return count;
    });
    expect(frames).toBeLessThanOrEqual(1);
  }
});

test('of sixty candidates, only the row that changes is drawn again', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(60));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await expect(rows(page)).toHaveCount(60);
  await page.evaluate(() => {
    const drawn = new Set<string>();
    Object.assign(globalThis, { drawn });
    const list = document.querySelector('.room .list ul');
    const rows = (node: Node) => (node instanceof Element ? node : node.parentElement)?.closest('li')?.querySelector('.who')?.textContent ?? 'the list';
    const observer = new MutationObserver((changes) => {
      for (const { target } of changes) drawn.add(rows(target).trim());
    });
    if (list) observer.observe(list, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await room.tick(7);
  await expect(row(page, 'Bernard Jade')).toContainText('Présence confirmée');
  const drawn = await page.evaluate(() => [...(globalThis as unknown as { drawn: Set<string> }).drawn]);
  expect(drawn).toHaveLength(1);
  expect(drawn[0]).toContain('Jade');
});

test('a join under a wrong name is undone from the sheet', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  await room.join(1);
  const page = await visit('phone', 'proctor');
  await enterRoom(page, room);
  const sheet = await openSheet(page, 'Camille');
  await expect(sheet).toContainText(/Connecté avec le compte de Bernard Camille \(.…@example\.org\)/);
  await accessible(page);
  await sheet.getByRole('button', { name: 'Détacher le compte' }).click();
  await expect(sheet).toContainText('Bernard Camille : détacher ce compte ?');
  await accessible(page);
  await sheet.getByRole('button', { name: 'Ne pas détacher' }).click();
  await sheet.getByRole('button', { name: 'Détacher le compte' }).click();
  await sheet.getByRole('button', { name: 'Détacher le compte' }).click();
  await expect(page.getByText('Bernard Camille : compte détaché.')).toBeVisible();
  await expect(await openSheet(page, 'Camille')).toContainText('Pas encore connecté.');
});

test('a session password typed whole shows its C- once; a reload keeps what is shown', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  const page = await visit('tablet', 'proctor');
  await logIn(page, room.proctorAccount);
  await expect(page.getByText('Espace surveillant')).toBeVisible();
  await accessible(page);
  await page.getByLabel('Numéro de la session').fill(room.kit.number);
  await page.reload();
  const password = page.getByLabel('Mot de passe de la session');
  await password.pressSequentially(room.kit.sessionPassword);
  await expect(password).toHaveValue(room.kit.sessionPassword.slice(2));
  await page.getByRole('button', { name: 'Surveiller la session' }).click();
  await page.getByRole('button', { name: 'Rechercher un candidat' }).click();
  await page.getByRole('searchbox').fill('cam');
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await expect(page.getByRole('searchbox')).toHaveValue('cam');
  await expect(rows(page)).toHaveCount(1);
});

test('whose time is over, who is away, locked out or does not start is said, and nothing hides another', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  await room.running(2);
  await room.tick(0);
  const page = await visit('tablet', 'proctor');
  // Nobody waits for hours here: the board tells it as it would.
  await page.route('**/board', async (route) => {
    const answer = await route.fetch();
    if (answer.status() !== 200) return route.fulfill({ response: answer });
    const board = (await answer.json()) as { candidates: Record<string, unknown>[] };
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    for (const candidate of board.candidates) {
      if (candidate['status'] === 'in_progress') Object.assign(candidate, { overtime: true, endsAt: ago(3), awaySince: ago(4), helpSince: ago(2), codeLockedUntil: ago(-2) });
      if (candidate['status'] === 'present') Object.assign(candidate, { presentSince: ago(16) });
    }
    return route.fulfill({ response: answer, json: board });
  });
  await enterRoom(page, room);
  for (const said of ['Temps dépassé', 'Appelle', 'Ne répond plus', 'Code bloqué']) await expect(row(page, 'Hugo')).toContainText(said);
  await expect(toDo(page)).toContainText('Appelle, depuis 2 min · Ne répond plus, depuis 4 min · Temps dépassé, depuis 3 min');
  for (const said of ['Présence confirmée', 'N’a pas commencé']) await expect(row(page, 'Zoé')).toContainText(said);
  await accessible(page);
});

test('the access code is projected, and never the session password', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('button', { name: 'Projeter le code d’accès' }).click();
  const wall = page.getByRole('dialog', { name: `Session ${room.kit.number}` });
  await expect(wall).toContainText(room.kit.accessCode);
  await expect(wall).toContainText(/\/app/);
  await expect(wall.getByRole('timer')).toContainText(/^\d\d:\d\d$/);
  expect(await page.content()).not.toContain(room.kit.sessionPassword.slice(2));
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(800);
  await accessible(page);
  await page.keyboard.press('Escape');
  await expect(wall).toHaveCount(0);
});

test('an access code that is replaced is the new one everywhere at once, and said', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await expect(page.getByText(`Code d’accès ${room.kit.accessCode}`)).toBeVisible();
  const { accessCode } = await vigie.call<{ accessCode: string }>('POST', `/sessions/${room.kit.number}/codes`, room.organiser, { replace: ['accessCode'] });
  await expect(page.getByText(`Code d’accès ${accessCode}`)).toBeVisible();
  await expect(page.getByText(`Le code d’accès a changé : ${accessCode}.`)).toBeVisible();
  expect(await page.content()).not.toContain(room.kit.accessCode);
});

test('the attendance sheet is looked at before it is printed, thirty on one page', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(30));
  await room.tick(0);
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('button', { name: 'Feuille d’émargement' }).click();
  const sheet = page.getByRole('dialog', { name: 'Feuille d’émargement' });
  await expect(sheet.getByRole('row')).toHaveCount(31);
  await expect(sheet.getByRole('row').filter({ hasText: '01/05/2012' }).first()).toContainText(/\d\d:\d\d/);
  await expect(sheet).toContainText('1 présent sur 30 inscrits');
  await accessible(page);
  expect(await savedAs(page, sheet, 'Télécharger la feuille d’émargement (.pdf)')).toBe(`vigie-${room.kit.number}-attendance.pdf`);
  const printed = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  expect(printed.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
  await page.emulateMedia({ media: 'print' });
  await expect(sheet).toBeHidden();
  await expect(page.getByRole('row')).toHaveCount(31);
  await expect(page.getByRole('searchbox')).toBeHidden();
});

test('the kit is at hand in the room, and printed alone', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('button', { name: 'Kit surveillant' }).click();
  const kit = page.getByRole('dialog', { name: 'Kit surveillant' });
  for (const text of [room.kit.number, room.kit.sessionPassword, room.kit.accessCode]) await expect(kit).toContainText(text);
  await page.emulateMedia({ media: 'print' });
  await expect(kit).toBeHidden();
  await expect(page.getByText(room.kit.sessionPassword).last()).toBeVisible();
});
