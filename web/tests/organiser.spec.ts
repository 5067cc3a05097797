import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { accessible, drop, expect, logIn, refuse, row, savedAs, test } from './fixtures';
import { ods, xlsx } from './sheets';
import { ORGANISER, pupils } from './vigie';

const IMPORT = '**/candidates/import*';
const list = (page: Page) => page.getByLabel('Liste de candidats');
const enrol = (page: Page) => page.getByRole('button', { name: /^Inscrire (la liste|\d+ candidats?)$/ });
const isForGood = ({ href }: URL) => /\/candidates\/import(?!.*dryRun)/.test(href);

/** What was sent to be enrolled, and not only to be read: the keys of its requests. */
function enrolled(page: Page): string[] {
  const keys: string[] = [];
  page.on('request', (request) => {
    if (isForGood(new URL(request.url()))) keys.push(request.headers()['idempotency-key'] ?? '');
  });
  return keys;
}

test('a pasted class list shows what is wrong with each line before anybody is enrolled', async ({ vigie, visit, secrets }) => {
  const room = await vigie.room(pupils(1));
  secrets.push('Lefèvre', 'Nguyen', room.kit.sessionPassword, room.kit.accessCode);
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  await page.getByRole('heading', { name: 'Inscrire des candidats' }).click();
  const sent = enrolled(page);
  await list(page).fill('Prénom;Nom;Date de naissance;Tiers temps\nInès;Lefèvre;31/02/2012;\nHugo;Nguyen;02/11/2011;33\nHugo;NGUYEN;02/11/2011;\nZoé;Bernard;01/05/2012;\nMaïa;;03/05/2012;250');
  await expect(page.getByText('3 lignes à corriger, 1 candidat à inscrire, 1 déjà inscrit.')).toBeVisible();
  for (const [line, said] of [
    ['Lefèvre', 'Cette date n\'existe pas'],
    ['NGUYEN', 'C\'est la même personne qu\'à la ligne 3.'],
    ['Bernard', 'Déjà inscrit'],
    ['Maïa', 'Le nom manque.'],
    ['Maïa', 'un nombre entier de 0 à 200'],
  ] as const) {
    await expect(page.getByRole('row', { name: line }).filter({ hasText: said })).toBeVisible();
  }
  await accessible(page);
  // By keyboard: to the first line, and from there to where it was typed.
  await enrol(page).press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: 'corrigez d’abord' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Ligne 2' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(list(page)).toBeFocused();
  await page.keyboard.type('Inès;Lefèvre;28/02/2012;');
  await expect(list(page)).toHaveValue(/^Prénom.*\nInès;Lefèvre;28\/02\/2012;\nHugo/);
  await expect(page.getByText('2 lignes à corriger, 2 candidats à inscrire, 1 déjà inscrit.')).toBeVisible();
  expect(sent).toEqual([]);

  // What is typed outlives a reload, and a server that fails.
  await list(page).fill('Prénom;Nom;Date de naissance;Tiers temps\nInès;Lefèvre;28/02/2012;\nHugo;Nguyen;02/11/2011;33');
  await page.reload();
  await expect(list(page)).toHaveValue(/Lefèvre/);
  await expect(enrol(page)).toHaveText('Inscrire 2 candidats');
  await page.route(IMPORT, (route) => route.fulfill({ status: 500, body: 'no' }));
  await enrol(page).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Nous ne savons pas si les candidats sont inscrits.' })).toBeVisible();
  await page.unroute(IMPORT);
  await enrol(page).click();
  await expect(page.getByText('2 candidats sont inscrits.')).toBeVisible();
  await expect(row(page, 'Nguyen')).toContainText('33');
  await expect(list(page)).toHaveValue('');
  await expect(list(page)).toBeFocused();

  await list(page).fill('Prénom;Nom;Date de naissance;Tiers temps\nZoé;Bernard;01/05/2012;33');
  await expect(page.getByText('1 candidat déjà inscrit garde un autre temps majoré que celui de la liste')).toBeVisible();
  await expect(page.getByRole('row', { name: 'Bernard' }).filter({ hasText: 'inscrit sans temps majoré' })).toBeVisible();
  await accessible(page);
  await list(page).fill('');

  for (const [label, typed] of [['Nom', 'bernard'], ['Prénom', 'ZOE'], ['Date de naissance', '01/05/2012']] as const) {
    await page.getByLabel(label, { exact: true }).fill(typed);
  }
  await page.getByRole('button', { name: 'Inscrire ce candidat' }).click();
  await expect(page.getByText('Déjà inscrit dans cette session.')).toBeVisible();
  await expect(page.getByLabel('Nom', { exact: true })).toBeFocused();
});

test('a list is enrolled once, however impatient one is, and however many answers are lost', async ({ vigie, visit }) => {
  const room = await vigie.room([]);
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  const keys = enrolled(page);
  await list(page).fill(Array.from({ length: 120 }, (_, n) => `Nom${String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26))};Zoé;01/05/2012`).join('\n'));
  await page.getByRole('button', { name: 'Inverser nom et prénom' }).click();
  await expect(page.getByText('Le prénom est lu avant le nom.')).toBeVisible();
  await expect(page.getByRole('row', { name: 'Nomaa' }).getByRole('cell').nth(1)).toHaveText('Zoé');
  let isRead = 0;
  await page.route(isForGood, async (route) => {
    isRead++;
    await route.fetch();
    await route.abort();
  });
  await enrol(page).dblclick();
  // How names are read stays as it was.
  await page.getByRole('button', { name: 'Inverser nom et prénom' }).dispatchEvent('click');
  await expect(page.getByText('Nous ne savons pas si les candidats sont inscrits.')).toBeVisible();
  await page.unroute(isForGood);
  await expect(row(page, 'Zoé')).toHaveCount(120);
  expect([isRead, keys.length]).toEqual([3, 3]);
  await page.reload();
  await expect(enrol(page)).toHaveText('Inscrire 120 candidats');
  await enrol(page).click();
  await expect(page.getByText('120 candidats sont inscrits.')).toBeVisible();
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[\da-f-]{36}$/);
  expect(await page.getByRole('button', { name: /^Zoé Nom[a-z]{2}$/ }).count()).toBe(120);
});

test('on a network that is slow or dead, nothing is shown of a text that does not stand there any more', async ({ vigie, visit }) => {
  const room = await vigie.room([]);
  const page = await visit('phone', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  let answer = (): void => undefined;
  const late = new Promise<void>((resolve) => (answer = resolve));
  const asked = page.waitForRequest(IMPORT);
  await page.route(IMPORT, async (route) => {
    const response = await route.fetch();
    await late;
    // The page does not wait for it any more.
    await route.fulfill({ response }).catch(() => undefined);
  }, { times: 1 });
  await list(page).fill('Martin;Camille;14/03/2012\nBernard;Zoé;31/05/2012');
  await asked;
  await expect(page.getByText('Lecture de la liste…')).toBeVisible();
  await expect(enrol(page)).toHaveCount(0);
  await list(page).fill('Martin;Camille;14/03/2012');
  await expect(enrol(page)).toHaveText('Inscrire 1 candidat');
  answer();
  await expect(page.getByRole('row', { name: 'Bernard' })).toHaveCount(0);

  await page.route(IMPORT, (route) => route.abort());
  await list(page).fill('Nguyen;Hugo;02/11/2011');
  // What was found before can't be read or pressed.
  await expect(page.getByText('Martin', { exact: true })).toBeHidden();
  await expect(enrol(page)).toHaveAttribute('aria-disabled', 'true');
  const trouble = page.getByRole('alert').filter({ hasText: 'La liste n’a pas pu être lue.' });
  await expect(trouble).toContainText('Le serveur ne répond pas');
  await expect(list(page)).toHaveValue('Nguyen;Hugo;02/11/2011');
  await accessible(page);
  await page.unroute(IMPORT);
  await trouble.getByRole('button', { name: 'Réessayer' }).press('Enter');
  await expect(page.getByRole('row', { name: 'Nguyen' })).toBeVisible();
  await expect(trouble).toHaveCount(0);

  // What was begun with a key can't be gone on with: it is said, and begun anew.
  const keys = enrolled(page);
  await page.route(isForGood, (route) => refuse(route, 409, 'key_reused', 'Clé déjà utilisée'), { times: 1 });
  await enrol(page).click();
  await expect(page.getByText('retirés ou corrigés entre-temps')).toBeVisible();
  await enrol(page).click();
  await expect(page.getByText('1 candidat est inscrit.')).toBeVisible();
  expect(new Set(keys).size).toBe(2);
});

test('a file is read as spreadsheets write it, and what is wrong with one is said', async ({ vigie, visit, secrets }) => {
  const room = await vigie.room([]);
  secrets.push('Lefèvre', '3eB');
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  const choose = async (name: string, buffer: Buffer): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /^Choisir un (autre )?fichier/ }).press('Enter');
    await (await chooser).setFiles({ name, mimeType: '', buffer });
  };
  const said = (text: string) => expect(page.getByRole('alert').filter({ hasText: text })).toBeVisible();
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

  await list(page).fill('Roux;Noé;03/01/2012');
  await choose('3eB.csv', png);
  await said('Ce fichier n\'est pas un texte.');
  await choose('3eB.xlsx', png);
  await said('Ce classeur est incomplet ou abîmé.');
  await choose('3eB.xls', png);
  await said('Une liste est un fichier .csv, .xlsx ou .ods.');
  await expect(page.getByRole('button', { name: 'Réessayer' })).toHaveCount(0);
  await accessible(page);
  await choose('3eB.ods', Buffer.alloc(4_500_001));
  await said('Fichier trop volumineux');
  await page.route(IMPORT, (route) => route.fulfill({ status: 413, json: { message: 'Request Too Long' } }), { times: 1 });
  await choose('3eB.ods', png);
  await said('Une liste fait 4,5');

  const ROWS = [['Nom', 'Prénom', 'Né(e) le', 'Tiers temps'], ['Lefèvre', 'Maëlle', '31/02/2012', ''], ['Nguyen', 'Hugo', '02/11/2011', 'oui']];
  await choose('3eB.xlsx', xlsx(ROWS));
  await expect(page.getByText('1 ligne à corriger, 1 candidat à inscrire.')).toBeVisible();
  await expect(page.getByRole('row', { name: 'Lefèvre' }).getByRole('cell').first()).toHaveText('Ligne 2');
  await enrol(page).press('Enter');
  await said('dans le fichier');
  await expect(page.getByRole('region', { name: 'Aperçu' })).toBeFocused();
  await choose('3eB.ods', ods(ROWS.map((cells) => cells.map((cell) => cell.replace('31/02', '28/02'))), '3eC', '3eD'));
  await expect(page.getByText('2 candidats à inscrire, rien à corriger.')).toBeVisible();
  await expect(page.getByText('Pas lues : 3eC, 3eD.')).toBeVisible();
  await accessible(page);

  // A file is dropped in the place of the other; beside the form it does not open.
  const latin = Buffer.from(ROWS.map((cells) => cells.join(';').replace('31/02', '29/02')).join('\r\n'), 'latin1');
  expect(await drop(page.getByRole('heading', { level: 1 }), { '3eB.csv': latin })).toBe(true);
  await expect(page.getByText('Fichier : 3eB.ods')).toBeVisible();
  // While it comes from a slow disk, the other one can't be enrolled.
  await page.evaluate(() => {
    File.prototype.arrayBuffer = async function () {
      await new Promise((resolve) => { addEventListener('spun', resolve, { once: true }); });
      return Blob.prototype.arrayBuffer.call(this);
    };
  });
  expect(await drop(page.getByText('Fichier : 3eB.ods'), { '3eB.csv': latin })).toBe(true);
  await expect(page.getByText('Lecture de la liste…')).toBeVisible();
  await expect(enrol(page)).toHaveAttribute('aria-disabled', 'true');
  await page.evaluate(() => {
    dispatchEvent(new Event('spun'));
    Reflect.deleteProperty(File.prototype, 'arrayBuffer');
  });
  await expect(page.getByText('Fichier : 3eB.csv')).toBeVisible();
  await expect(page.getByRole('row', { name: 'Lefèvre' })).toContainText('Maëlle');
  await expect(page.getByRole('row', { name: 'Lefèvre' })).toContainText('29/02/2012');
  await enrol(page).click();
  await expect(page.getByText('2 candidats sont inscrits.')).toBeVisible();
  await expect(row(page, 'Nguyen')).toContainText('33');

  // What was typed before is still there; a file to fill in is read as it is named.
  await expect(list(page)).toHaveValue('Roux;Noé;03/01/2012');
  for (const [name, filled, language] of [['Télécharger un modèle', 'Diop;Awa;02/01/2012;33 %', 'English'], ['Download a file to fill in', 'Petit,Léo,03/01/2012,', 'Français']] as const) {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name }).click();
    const template = readFileSync(await (await download).path(), 'utf8');
    expect(template).toMatch(/^\ufeff(Nom|Last name)[;,].*\r\n$/);
    await page.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: '', buffer: Buffer.from(`${template}${filled}\r\n`) });
    await expect(page.getByText(/^1 (candidat à inscrire, rien à corriger|candidate to enrol, nothing to correct)\.$/)).toBeVisible();
    await page.getByRole('button', { name: language }).click();
  }
  await page.getByRole('button', { name: 'Retirer le fichier' }).click();
  await expect(list(page)).toBeFocused();
  await expect(page.getByRole('row', { name: 'Roux' })).toBeVisible();
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
  expect(await savedAs(page, page.locator('main'), 'Télécharger le kit (.pdf)')).toBe(`vigie-${room.kit.number}-kit.pdf`);
  expect(await savedAs(page, page.locator('main'), 'Télécharger la feuille d’émargement (.pdf)')).toBe(`vigie-${room.kit.number}-attendance.pdf`);
  await accessible(page);
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
