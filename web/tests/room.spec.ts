import { accessible, enterRoom, expect, logIn, row, test } from './fixtures';
import { pupils } from './vigie';

test('the room on a tablet: ticks, problems first, resume, end', async ({ vigie, visit, secrets }) => {
  const room = await vigie.room(pupils(8));
  secrets.push('Bernard', 'Martin', room.kit.sessionPassword, room.kit.accessCode);
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await expect(page.getByText('Salle 12').first()).toBeVisible();
  await expect(page.getByText('Surveillant : AED').first()).toBeVisible();
  await expect(page.getByRole('listitem')).toHaveCount(8);
  await accessible(page);

  // A tick shows once the server has confirmed it, and can be taken back.
  const tick = (name: string) => row(page, name).getByRole('checkbox');
  await tick('Zoé').click();
  await expect(tick('Zoé')).toBeChecked();
  await expect(page.getByText('Zoé Bernard : présence pointée.')).toBeVisible();
  await page.getByRole('button', { name: 'Annuler' }).click();
  await expect(tick('Zoé')).not.toBeChecked();

  // One who stands before a refused start comes first, and a tick lets them in.
  const token = await room.join(4);
  await room.start(4, token);
  await expect(page.getByRole('listitem').first()).toContainText('Léo');
  await expect(row(page, 'Léo')).toContainText('Attend le pointage');
  await tick('Léo').click();
  await expect(row(page, 'Léo')).toContainText('Présent');
  await room.start(4, token);
  await expect(row(page, 'Léo')).toContainText('En cours');
  await expect(page.getByRole('button', { name: 'Annuler' })).toBeHidden();

  // Cut off, authorised, withdrawn, authorised again.
  await room.leave(4, token);
  await expect(row(page, 'Léo')).toContainText('Interrompu');
  await row(page, 'Léo').getByRole('button', { name: 'Autoriser la reprise' }).click();
  await expect(row(page, 'Léo')).toContainText('Reprise autorisée');
  await page.getByRole('button', { name: 'Annuler' }).click();
  await expect(row(page, 'Léo')).toContainText('Interrompu');

  // Ended for ever, after a question that names them.
  await row(page, 'Léo').getByText('Bernard Léo').click();
  await page.getByRole('button', { name: 'Terminer le test' }).click();
  const question = page.getByRole('dialog', { name: 'Terminer le test de Léo Bernard ?' });
  await expect(question).toContainText('ne peut plus jamais être repris');
  await accessible(page);
  await question.getByRole('button', { name: 'Terminer le test de Léo Bernard' }).click();
  await expect(row(page, 'Léo')).toContainText('Arrêté');

  // A reload changes nothing.
  await page.reload();
  await expect(page.getByRole('listitem')).toHaveCount(8);
  await page.getByRole('button', { name: 'Quitter' }).click();
  await expect(page.getByLabel('Numéro de session')).toBeVisible();
});

test('several are ticked at once, and that is undone at once for those who have not started', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(6));
  const page = await visit('phone', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'Pointer plusieurs' }).click();
  await page.getByRole('button', { name: 'Tout sélectionner' }).click();
  await row(page, 'Hugo').getByRole('checkbox').click();
  await expect(page.getByText('5 sélectionnés')).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Pointer présents' }).click();
  await expect(page.getByText('5 présences pointées.')).toBeVisible();
  await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(5);
  await expect(row(page, 'Hugo').getByRole('checkbox')).not.toBeChecked();
  await room.start(4, await room.join(4));
  await expect(row(page, 'Léo')).toContainText('En cours');
  await page.getByRole('button', { name: 'Annuler' }).click();
  await expect(page.getByText('4 pointages retirés.')).toBeVisible();
  await expect(page.getByRole('checkbox', { checked: true, disabled: false })).toHaveCount(0);
  await expect(row(page, 'Léo')).toContainText('En cours');
});

test('times are the session’s, and say so where clocks show others', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const local = await visit('desktop', 'proctor');
  await enterRoom(local, room);
  await expect(local.getByText('(heure de Paris)')).toHaveCount(0);
  const page = await visit('desktop', 'proctor', 'Pacific/Tahiti');
  await enterRoom(page, room);
  await expect(page.getByText('(heure de Paris)').first()).toBeVisible();
  const paris = new Intl.DateTimeFormat('fr', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Paris' });
  await expect.poll(async () => page.getByText(`À jour à ${paris.format(new Date())}`).count()).toBe(1);
  expect(await page.getByRole('button', { name: 'Quitter' }).boundingBox()).toEqual(await local.getByRole('button', { name: 'Quitter' }).boundingBox());
});

test('search takes no notice of accents; filters count', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(8));
  await room.tick(0);
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('searchbox').fill('zoe');
  await expect(page.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('searchbox').fill('');
  await page.getByRole('button', { name: 'Présents 1' }).click();
  await expect(page.getByRole('listitem')).toHaveCount(1);
});

test('thirty fit a 1280 × 800 screen without scrolling, in targets of 44 px', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(30));
  // Whatever the rows say: this one has extra time, and asks to resume.
  const token = await room.running(3);
  await room.leave(3, token);
  await room.start(3, token);
  await room.start(5, await room.join(5));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await expect(page.getByRole('listitem')).toHaveCount(30);
  const scrolled = await page.evaluate(() => ({ height: document.documentElement.scrollHeight, width: document.documentElement.scrollWidth }));
  expect(scrolled).toEqual({ height: 800, width: 1280 });
  for (const target of await page.locator('label.tick, button.who, button.act').all()) {
    const box = await target.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
  }
});

test('a tick made offline waits, says so, and is not shown as done', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.context().setOffline(true);
  await row(page, 'Zoé').getByRole('checkbox').click();
  await expect(page.getByText('1 pointage attend le réseau')).toBeVisible();
  await expect(page.getByText('Pas de nouvelles du serveur')).toBeVisible();
  await expect(row(page, 'Zoé').getByRole('checkbox')).not.toBeChecked();
  await expect(row(page, 'Zoé')).toContainText('envoi en cours');
  await accessible(page);
  await page.context().setOffline(false);
  await expect(row(page, 'Zoé').getByRole('checkbox')).toBeChecked();
  await expect(page.getByText('À jour')).toBeVisible();
});

test('a refresh keeps scroll, focus, selection and an open sheet', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(30));
  const page = await visit('phone', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'Pointer plusieurs' }).click();
  const box = row(page, 'Martin Zoé').getByRole('checkbox');
  await box.scrollIntoViewIfNeeded();
  await box.click();
  const scrolled = await page.evaluate(() => scrollY);
  await room.tick(25);
  await expect(page.getByRole('option', { name: 'Présents 1' })).toBeAttached();
  await expect(box).toBeChecked();
  await expect(box).toBeFocused();
  expect(Math.abs((await page.evaluate(() => scrollY)) - scrolled)).toBeLessThan(3);
  await page.getByRole('button', { name: 'Annuler' }).click();
  await row(page, 'Martin Zoé').getByText('Martin').click();
  await room.tick(26);
  await expect(page.getByRole('option', { name: 'Présents 2', includeHidden: true })).toBeAttached();
  await expect(page.getByRole('dialog', { name: 'Zoé Martin' })).toBeVisible();
});

test('of sixty candidates, only the row that changes is drawn again', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(60));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await expect(page.getByRole('listitem')).toHaveCount(60);
  await page.evaluate(() => {
    const drawn = new Set<string>();
    Object.assign(globalThis, { drawn });
    const list = document.querySelector('.room ul');
    const rows = (node: Node) => (node instanceof Element ? node : node.parentElement)?.closest('li')?.querySelector('.who')?.textContent ?? 'the list';
    const observer = new MutationObserver((changes) => {
      for (const { target } of changes) drawn.add(rows(target).trim());
    });
    if (list) observer.observe(list, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await room.tick(7);
  await expect(row(page, 'Bernard Jade')).toContainText('Présent');
  const drawn = await page.evaluate(() => [...(globalThis as unknown as { drawn: Set<string> }).drawn]);
  expect(drawn).toHaveLength(1);
  expect(drawn[0]).toContain('Jade');
});

test('a join under a wrong name is undone from the sheet', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  await room.join(1);
  const page = await visit('phone', 'proctor');
  await enterRoom(page, room);
  await row(page, 'Camille').getByText('Bernard Camille').click();
  await expect(page.getByRole('dialog')).toContainText(/S’est identifié avec ce compte : Camille Bernard \(.…@example\.org\)/);
  await accessible(page);
  await page.getByRole('button', { name: 'Détacher ce compte' }).click();
  await expect(page.getByRole('dialog')).toContainText('Camille Bernard : détacher ce compte ?');
  await accessible(page);
  await page.getByRole('button', { name: 'Ne pas détacher' }).click();
  await page.getByRole('button', { name: 'Détacher ce compte' }).click();
  await page.getByRole('button', { name: 'Détacher ce compte' }).click();
  await expect(page.getByText('Camille Bernard : compte détaché.')).toBeVisible();
  await row(page, 'Camille').getByText('Bernard Camille').click();
  await expect(page.getByRole('dialog')).toContainText('Ne s’est pas encore identifié');
});

test('a reload keeps what is shown and selected', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  const page = await visit('tablet', 'proctor');
  await logIn(page, room.proctorAccount);
  await page.getByLabel('Numéro de session').fill(room.kit.number);
  await page.reload();
  await page.getByLabel('Mot de passe de session').fill(room.kit.sessionPassword);
  await page.getByRole('button', { name: 'Entrer dans la session' }).click();
  await page.getByRole('searchbox').fill('ber');
  await page.getByRole('button', { name: 'Pointer plusieurs' }).click();
  await row(page, 'Camille').getByRole('checkbox').click();
  await expect(page.getByText('1 sélectionné')).toBeVisible();
  const shown = await page.getByRole('listitem').count();
  await page.reload();
  await expect(page.getByText('1 sélectionné')).toBeVisible();
  await expect(page.getByRole('searchbox')).toHaveValue('ber');
  await expect(page.getByRole('listitem')).toHaveCount(shown);
  await expect(row(page, 'Camille').getByRole('checkbox')).toBeChecked();
});

test('whose time is over says so, first', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  await room.running(2);
  const page = await visit('tablet', 'proctor');
  // Nobody waits for hours here: the board tells it as it would.
  await page.route('**/board', async (route) => {
    const answer = await route.fetch();
    if (answer.status() !== 200) return route.fulfill({ response: answer });
    const board = (await answer.json()) as { candidates: { status: string; overtime: boolean }[] };
    for (const candidate of board.candidates) candidate.overtime = candidate.status === 'in_progress';
    return route.fulfill({ response: answer, json: board });
  });
  await enterRoom(page, room);
  await expect(page.getByRole('listitem').first()).toContainText('Temps dépassé');
  await expect(page.getByRole('listitem').first()).toContainText('Hugo');
  await accessible(page);
});

test('the attendance list is printed, and only it', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  await room.tick(0);
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await expect(page.getByRole('table')).toBeHidden();
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('heading', { name: 'Liste de présence' })).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(4);
  await expect(page.getByRole('row').filter({ hasText: 'Zoé' })).toContainText(/\d\d:\d\d/);
  await expect(page.getByRole('searchbox')).toBeHidden();
});
