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
  expect(await page.getByRole('button', { name: /^Nom[a-z]{2} Zoé$/ }).count()).toBe(120);
});

test('an account that may not organise learns who can change that', async ({ vigie, visit }) => {
  const page = await visit('phone', 'organiser');
  await logIn(page, await vigie.account('Ana', 'Lima'));
  await expect(page.getByRole('heading', { name: 'Votre compte ne peut pas encore organiser de sessions' })).toBeVisible();
  await accessible(page);
});

test('the kit has a half for the proctor, and one to cut off that keeps the session password', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  await page.getByRole('button', { name: 'Kit surveillant' }).click();
  await expect(page.getByText(room.kit.sessionPassword)).toBeVisible();
  await accessible(page);
  const halves = page.locator('section').filter({ hasText: room.kit.accessCode });
  await expect(halves).toHaveCount(2);
  await expect(halves.first()).toContainText('Mot de passe de la session');
  await expect(halves.first()).toContainText('Cochez chaque candidat présent dans la salle de test');
  await expect(halves.last()).toContainText(`${new URL(page.url()).origin}/app/`);
  await expect(halves.last()).not.toContainText(room.kit.sessionPassword);
  await expect(halves.last().getByRole('listitem')).toHaveCount(4);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByText(room.kit.sessionPassword)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Changer de compte' })).toBeHidden();
  await expect(page.getByRole('heading', { name: /^Candidats/ })).toBeHidden();
  const pdf = await page.pdf({ format: 'A4', margin: { top: '10mm', bottom: '10mm', left: '10mm', right: '10mm' } });
  expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(1);
});

test('sessions are found by number, site, room or date, with how many candidates each has', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const other = await vigie.call<{ number: string }>('POST', '/sessions', room.organiser, { date: '2027-04-29', time: '13:30', site: 'Lycée Éluard', room: 'CDI' });
  const page = await visit('phone', 'organiser');
  await logIn(page, ORGANISER);
  const [one, two] = [room.kit.number, other.number].map((number) => page.getByRole('listitem').filter({ hasText: number }));
  if (!one || !two) throw new Error('two rows');
  await expect(one).toContainText('2 candidats');
  await expect(one).toContainText('Salle : Salle 12');
  await expect(two).toContainText('aucun candidat');
  await expect(two).toContainText('29/04/2027 - 13:30');
  await accessible(page);
  const search = page.getByLabel('Rechercher une session');
  for (const typed of ['lycee eluard', 'cdi', '29/04/2027', 'avril 2027', other.number]) {
    await search.fill(typed);
    await expect(one).toHaveCount(0);
    await expect(two).toHaveCount(1);
  }
  await search.fill('nulle part');
  await expect(page.getByText('Aucune session affichée ne correspond.')).toBeVisible();
  await accessible(page);
});

test('a finalised session says who was absent, who never started and who is done', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  await room.tick(1);
  await room.running(2);
  await vigie.call('POST', `/sessions/${room.kit.number}/finalise`, room.organiser);
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  await expect(page.getByText('1 test terminé, dont 1 arrêté, 1 présent n’a pas commencé, 2 absents.')).toBeVisible();
  await expect(row(page, 'Bernard Zoé')).toContainText('Absent');
  await expect(row(page, 'Bernard Camille')).toContainText('Présent, n’a pas commencé');
  await expect(row(page, 'Bernard Hugo')).toContainText('Terminé');
  await expect(page.getByText('Page à jour', { exact: false })).toHaveCount(0);
  await accessible(page);
  await page.getByRole('button', { name: 'Bernard Zoé' }).click();
  await expect(page.getByRole('dialog').getByRole('textbox')).toHaveCount(0);
  await accessible(page);
});

test('the list says since when it hears nothing', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  const overview = page.getByRole('region', { name: /^Candidats/ });
  await expect(overview.getByText(/^Page à jour à \d\d:\d\d$/)).toBeVisible();
  await page.route('**/board', (route) => route.abort());
  await expect(overview.getByText(/ce qui suit date de \d\d:\d\d/)).toBeVisible();
  await expect(overview.getByText(/Page à jour/)).toHaveCount(0);
});
