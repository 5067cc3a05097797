import { accessible, expect, logIn, row, test } from './fixtures';
import { ORGANISER, pupils } from './vigie';

test('a pasted class list shows what is wrong with each line before anything is sent', async ({ vigie, visit, secrets }) => {
  const room = await vigie.room(pupils(1));
  secrets.push('Lefèvre', 'Nguyen', room.kit.sessionPassword, room.kit.accessCode);
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  await page.getByRole('heading', { name: 'Inscrire des candidats' }).click();
  const list = page.getByLabel('Liste de candidats');
  let sent = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/candidates')) sent++;
  });
  await list.fill('Prénom;Nom;Date de naissance;Tiers temps\nInès;Lefèvre;31/02/2012;\nHugo;Nguyen;02/11/2011;33\nHugo;NGUYEN;02/11/2011;\nZoé;Bernard;01/05/2012;\nMaïa;;03/05/2012;250');
  for (const fault of [
    'Cette date de naissance n’existe pas',
    'Même personne qu’à la ligne 3.',
    'Déjà inscrit dans cette session.',
    'Le nom manque.',
    'Le temps majoré doit être un nombre entier de 0 à 200.',
  ]) {
    await expect(page.getByText(fault).first()).toBeVisible();
  }
  await accessible(page);
  await page.getByRole('button', { name: 'Inscrire la liste' }).click();
  await expect(page.getByText('Rien n’a été envoyé')).toBeVisible();
  expect(sent).toBe(0);

  // What is typed outlives a reload, and a server that fails.
  await list.fill('Prénom;Nom;Date de naissance;Tiers temps\nInès;Lefèvre;28/02/2012;\nHugo;Nguyen;02/11/2011;33');
  await page.reload();
  await expect(list).toHaveValue(/Lefèvre/);
  await page.route('**/candidates', (route) => route.fulfill({ status: 500, body: 'no' }));
  await page.getByRole('button', { name: 'Inscrire 2 candidats' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'momentanément indisponible' })).toBeVisible();
  await page.unroute('**/candidates');
  await page.getByRole('button', { name: 'Inscrire 2 candidats' }).click();
  await expect(page.getByText('2 candidats sont inscrits.').first()).toBeVisible();
  await expect(row(page, 'Nguyen')).toContainText('33');
  await expect(list).toHaveValue('');
});

test('how names are read stays as it was while a long list is sent', async ({ vigie, visit }) => {
  const room = await vigie.room([]);
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const list = Array.from({ length: 120 }, (_, n) => `Nom${letters[n % 26] ?? ''}${letters[Math.floor(n / 26)] ?? ''};Zoé;01/05/2012`);
  await page.getByLabel('Liste de candidats').fill(list.join('\n'));
  let goOn = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (goOn = resolve));
  await page.route('**/candidates', async (route) => {
    await waiting;
    await route.continue();
  }, { times: 1 });
  await page.getByRole('button', { name: 'Inscrire 120 candidats' }).click();
  await page.getByRole('button', { name: 'Inverser nom et prénom' }).dispatchEvent('click');
  goOn();
  await expect(page.getByText('120 candidats sont inscrits.').first()).toBeVisible();
  await expect(row(page, 'Zoé').filter({ has: page.getByText(/^Nom/, { exact: false }) })).toHaveCount(120);
  expect(await page.locator('strong', { hasText: /^Nom[a-z]{2}$/ }).count()).toBe(120);
});

test('an account that may not organise learns who can change that', async ({ vigie, visit }) => {
  const page = await visit('phone', 'organiser');
  await logIn(page, await vigie.account('Ana', 'Lima'));
  await expect(page.getByRole('heading', { name: 'Votre compte ne peut pas encore organiser de sessions' })).toBeVisible();
  await accessible(page);
});

test('the kit is printed without the page around it', async ({ vigie, visit }) => {
  const room = await vigie.room([]);
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  await page.getByText('Kit surveillant').click();
  await expect(page.getByText(room.kit.accessCode)).toBeVisible();
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByText(room.kit.sessionPassword)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Changer de compte' })).toBeHidden();
});
