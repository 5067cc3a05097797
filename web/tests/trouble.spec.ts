import { accessible, enterRoom, expect, handNear, logIn, openSheet, refuse, row, rows, test, toDo } from './fixtures';
import { pupils } from './vigie';

test('a refusal in the room stays to be read, in the list and in the sheet, and a dead network is not silent', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  const token = await room.running(1);
  await room.leave(1, token);
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  const resume = () => toDo(page).getByRole('button', { name: 'Autoriser la reprise de Bernard Camille' });
  await page.route('**/resume', (route) => refuse(route, 409, 'test_ended', 'Test terminé'));
  await resume().click();
  await expect(page.getByRole('alert').filter({ hasText: 'Test terminé' })).toBeVisible();
  // Longer than until the room is read again.
  await page.waitForTimeout(2_500);
  await expect(page.getByRole('alert').filter({ hasText: 'Test terminé' })).toContainText('Bernard Camille : cela n’a pas été fait.');
  await accessible(page);
  await page.unroute('**/resume');

  await page.route('**/end', (route) => refuse(route, 500, 'internal_error', 'Erreur interne'));
  await openSheet(page, 'Camille');
  await page.getByRole('button', { name: 'Terminer le test' }).click();
  await page.getByRole('button', { name: 'Terminer le test de Bernard Camille' }).click();
  await page.waitForTimeout(2_500);
  await expect(page.getByRole('dialog')).toContainText('01JZ8K2M3N');
  // Back on the sheet it is over, and it never was another's.
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).not.toContainText('Erreur interne');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.unroute('**/end');
  await expect(page.getByText('Erreur interne')).toHaveCount(0);

  await page.route('**/resume', (route) => refuse(route, 500, 'internal_error', 'Erreur interne'));
  await resume().click();
  await page.getByRole('button', { name: 'Fermer' }).click();
  await expect(page.getByText('Erreur interne')).toHaveCount(0);
  await page.unroute('**/resume');

  await page.context().setOffline(true);
  await resume().click();
  await expect(page.getByRole('alert').filter({ hasText: 'cela n’a pas été fait.' })).toContainText('Pas de connexion à internet');
  await page.context().setOffline(false);
  await resume().click();
  await expect(row(page, 'Camille')).toContainText('Reprise autorisée');
  await expect(page.getByText('cela n’a pas été fait.')).toHaveCount(0);
});

test('a tick that DynamoDB was too busy for is sent again; one that is refused says why', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  let busy = true;
  await page.route('**/presence', async (route) => {
    if (!busy) return route.continue();
    busy = false;
    return route.fulfill({ json: { results: [{ candidate: room.candidates[0]?.id, status: 503, code: 'busy' }] } });
  });
  await row(page, 'Zoé').getByRole('checkbox').click();
  await expect(row(page, 'Zoé').getByRole('checkbox')).toBeChecked();
  // They start while the proctor takes the tick back.
  const token = await room.join(0);
  await page.unroute('**/presence');
  await page.route('**/presence', async (route) => {
    await room.start(0, token);
    await route.continue();
  });
  await page.waitForTimeout(1_200);
  await row(page, 'Zoé').getByRole('checkbox').click();
  await expect(page.getByText('Pas fait pour Bernard Zoé : le test a déjà commencé.')).toBeVisible();
});

test('however often an impatient thumb taps, a tick is one', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  const box = row(page, 'Zoé').getByRole('checkbox');
  // Three a second, however slow the machine that drives the browser.
  await box.evaluate(async (box: HTMLElement) => {
    for (let taps = 0; taps < 8; taps++) {
      box.click();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  });
  await expect(box).toBeChecked();
  // One that is meant, a while later, takes it back.
  await page.waitForTimeout(1_200);
  await box.click();
  await expect(box).not.toBeChecked();
});

test('two quick taps where the list is filtered tick the two who stood there', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'À cocher 4' }).click();
  const second = row(page, 'Camille').getByRole('checkbox');
  const at = await second.boundingBox();
  const leave = await handNear(page.getByRole('list', { name: 'Candidats' }));
  await row(page, 'Anaïs').getByRole('checkbox').click();
  await expect(row(page, 'Anaïs')).toContainText('Présence confirmée');
  await page.mouse.click((at?.x ?? 0) + 10, (at?.y ?? 0) + 10);
  await leave();
  await expect(page.getByText('2 présences confirmées.')).toBeVisible();
  // They go once the proctor's hands are still; the focus stays in the list.
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).getByRole('checkbox').first()).toBeFocused();
});

test('the focus stays in the room when the last row of a list goes', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  await room.start(0, await room.join(0));
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('group', { name: 'Afficher' }).getByRole('button', { name: 'À traiter 1' }).click();
  await row(page, 'Zoé').getByRole('checkbox').press('Space');
  await expect(rows(page)).toHaveCount(0);
  await expect(page.getByText('Plus personne à traiter.')).toBeFocused();
});

test('a room that can’t be read says so, and counts nobody', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.route('**/board', (route) => route.abort());
  await page.reload();
  await expect(page.getByText('Le serveur ne répond pas')).toBeVisible();
  await accessible(page);
  await expect(page.getByText(/À traiter \d|\d présent/)).toHaveCount(0);
  await page.unroute('**/board');
  await expect(rows(page)).toHaveCount(3);
});

test('an undo can’t be undone by a second press', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await row(page, 'Zoé').getByRole('checkbox').click();
  await page.getByRole('button', { name: 'Annuler' }).click();
  await expect(page.getByText('Bernard Zoé : coche retirée.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Annuler' })).toHaveCount(0);
  await expect(row(page, 'Zoé').getByRole('checkbox')).not.toBeChecked();
});

test('a finalised room offers nothing that would be refused', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  await room.tick(1);
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await vigie.call('POST', `/sessions/${room.kit.number}/finalise`, room.organiser);
  await expect(page.getByText('Cette session est finalisée')).toBeVisible();
  await accessible(page);
  await expect(page.getByRole('button', { name: 'Tout cocher' })).toHaveCount(0);
  await expect(page.getByRole('checkbox', { disabled: false })).toHaveCount(0);
  await expect(row(page, 'Zoé')).toContainText('Absent');
  await expect(row(page, 'Camille')).toContainText('Présent, n’a pas commencé');
  // All of the row leads to the sheet.
  await row(page, 'Zoé').getByText('Bernard Zoé').click({ force: true });
  const sheet = page.getByRole('dialog', { name: 'Bernard Zoé' });
  for (const act of ['Confirmer', 'Autoriser', 'laissez-passer', 'minutes', 'Terminer']) await expect(sheet.getByRole('button', { name: act })).toHaveCount(0);
});

test('a filtered list does not move while the proctor touches it', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(8));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('combobox', { name: 'Afficher' }).selectOption('absent');
  const first = rows(page).first();
  await expect(first).toContainText('Anaïs');
  const leave = await handNear(page.getByRole('list', { name: 'Candidats' }));
  await room.tick(3);
  for (let looks = 0; looks < 8; looks++) {
    await page.waitForTimeout(400);
    await expect(first).toContainText('Anaïs');
  }
  await leave();
  await expect(first).toContainText('Camille');
});

test('leaving with ticks unsent asks first', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.context().setOffline(true);
  await row(page, 'Zoé').getByRole('checkbox').click();
  const leave = async (away: string) => {
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('dialog', { name: 'Menu' }).getByRole('button', { name: away }).click();
  };
  for (const away of ['Quitter', 'Changer de compte']) {
    await leave(away);
    await expect(page.getByRole('dialog')).toContainText('elle sera perdue si vous quittez');
    await accessible(page);
    await page.getByRole('button', { name: 'Rester' }).click();
  }
  await page.context().setOffline(false);
  await expect(row(page, 'Zoé').getByRole('checkbox')).toBeChecked();
  // A reload keeps what is unsent; changing the account gives it up.
  await page.route('**/presence', (route) => route.abort());
  await row(page, 'Camille').getByRole('checkbox').click();
  await expect(row(page, 'Camille')).toContainText('Présent, envoi…');
  await page.reload();
  await expect(row(page, 'Camille')).toContainText('Présent, envoi…');
  await leave('Changer de compte');
  await page.getByRole('button', { name: 'Quitter quand même' }).click();
  await expect(page.getByRole('link', { name: 'Je surveille une session' })).toBeVisible();
  await expect(page.getByText(room.proctorAccount.email)).toHaveCount(0);
});

test('a room in which nothing happens does nothing', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(30));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await expect(rows(page)).toHaveCount(30);
  const timers = await page.evaluate(async () => {
    let count = 0;
    const original = globalThis.setTimeout;
    globalThis.setTimeout = ((...given: Parameters<typeof original>) => {
      count++;
      return original(...given);
    }) as typeof setTimeout;
    await new Promise((resolve) => original(resolve, 3_000));
    return count;
  });
  // Where nothing is pushed, it is read every second here.
  expect(timers).toBeLessThan(15);
});

test('the dialog that asks to log in again can’t be lost, and gives way to another account', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.route('**/board', (route) => refuse(route, 401, 'unauthenticated', 'Connexion nécessaire'));
  const dialog = page.getByRole('dialog', { name: 'Veuillez vous reconnecter' });
  await expect(dialog).toBeVisible();
  for (let presses = 0; presses < 5; presses++) await page.keyboard.press('Escape');
  await expect(dialog).toBeVisible();

  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/login', async (route) => {
    await asked;
    await route.continue();
  });
  await dialog.getByLabel('Mot de passe', { exact: true }).fill(room.proctorAccount.password);
  await dialog.getByLabel('Mot de passe de la session').fill(room.kit.sessionPassword);
  await dialog.getByRole('button', { name: 'Continuer' }).click();
  await dialog.getByRole('button', { name: 'Changer de compte' }).click();
  answer();
  await page.waitForTimeout(1_500);
  await expect(page.getByText(room.proctorAccount.email)).toHaveCount(0);
  expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
});

test('a candidate’s test is left by no accident, and a wrong code says so', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop');
  await page.getByRole('link', { name: 'Je passe le test' }).click();
  await logIn(page, await vigie.account('Zoé', 'Bernard'));
  await page.getByLabel('Numéro de la session').fill(room.kit.number);
  await page.getByLabel('Date de naissance').fill('1/5/2012');
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  const code = page.getByRole('textbox');
  await code.fill('bbbbbb');
  await page.getByRole('button', { name: 'Commencer mon test' }).click();
  await expect(page.getByText('code', { exact: false }).filter({ hasText: /pas le bon|incorrect|erroné|faux/i }).first()).toBeVisible();
  await expect(code).toHaveValue('BBBBBB');
  await accessible(page);
  await code.fill(` ${room.kit.accessCode.toLowerCase().slice(0, 3)}-${room.kit.accessCode.slice(3)} `);
  await page.getByRole('button', { name: 'Commencer mon test' }).click();
  const engine = page.frameLocator('iframe');
  await engine.getByRole('textbox').fill('https');
  await page.getByText('Vigie', { exact: true }).click();
  await page.goBack();
  await page.getByRole('button', { name: 'Rester dans le test' }).click();
  await expect(engine.getByRole('textbox')).toHaveValue('https');
  await page.getByRole('button', { name: 'Changer de compte' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
});
