import type { Locator, Page, Route } from '@playwright/test';
import { accessible, expect, logIn, refuse, row, test } from './fixtures';
import { ORGANISER, pupils, type TestRoom } from './vigie';

/** The organiser's page of a session, logged in. */
async function organise(page: Page, room: TestRoom): Promise<Page> {
  await logIn(page, ORGANISER);
  await expect(page.getByRole('heading', { name: `Session ${room.kit.number}`, exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Kit surveillant' })).toBeVisible();
  return page;
}

const path = (room: TestRoom) => `organiser/sessions/${room.kit.number}`;
/** Presses twice before anything can answer. */
async function twice(button: Locator): Promise<void> {
  await button.evaluate((element: HTMLElement) => {
    element.click();
    element.click();
  });
}

/** Opens the sheet of a candidate. */
async function open(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  await expect(page.getByRole('dialog', { name, exact: true })).toBeVisible();
}

test('a session is moved until somebody starts, and told so when they do meanwhile', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const page = await organise(await visit('desktop', path(room)), room);
  await page.getByRole('link', { name: 'Modifier la session' }).click();
  await expect(page.getByRole('heading', { name: `Modifier la session ${room.kit.number}` })).toBeFocused();
  await accessible(page);
  await page.getByLabel('Salle', { exact: true }).fill('Salle 14');
  await page.getByLabel('Durée du test, en minutes').fill('90');
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByText('La session est modifiée.')).toBeVisible();
  await expect(page.getByText('Salle 14')).toBeVisible();
  await expect(page.getByText('90 min')).toBeVisible();

  await page.getByRole('link', { name: 'Modifier la session' }).click();
  await page.getByLabel('Durée du test, en minutes').fill('60');
  await page.getByLabel('Salle', { exact: true }).fill('Salle 15');
  await room.running(0);
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByText('Un candidat vient de commencer')).toContainText('90 min');
  await expect(page.getByLabel('Salle', { exact: true })).toHaveValue('Salle 15');
  await accessible(page);
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByText('La session est modifiée.')).toBeVisible();
  await expect(page.getByText('Salle 15')).toBeVisible();
  await expect(page.getByText('90 min')).toBeVisible();

  await page.getByRole('link', { name: 'Modifier la session' }).click();
  await expect(page.getByText('Un candidat a déjà commencé')).toBeVisible();
  await expect(page.getByLabel('Durée du test, en minutes')).toHaveCount(0);
});

test('a session is done again on another date, without its candidates', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await organise(await visit('phone', path(room)), room);
  await page.getByRole('link', { name: 'Dupliquer la session' }).click();
  await expect(page.getByLabel('Site')).toHaveValue('Collège Jean Moulin');
  await expect(page.getByLabel('Heure de début')).toHaveValue(room.kit.time);
  await expect(page.getByLabel('Date', { exact: true })).toHaveValue('');
  await accessible(page);
  await page.getByRole('button', { name: 'Créer la session' }).click();
  await expect(page.getByText('Veuillez remplir ce champ.')).toBeVisible();
  await page.getByLabel('Date', { exact: true }).fill('2027-05-18');
  await page.getByRole('button', { name: 'Créer la session' }).click();
  await expect(page.getByText('Personne n’est encore inscrit.')).toBeVisible();
  await expect(page.getByText('18/05/2027 - ').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: `Session ${room.kit.number}`, exact: true })).toHaveCount(0);
});

test('a session is deleted with its candidates, unless somebody starts first', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  const page = await organise(await visit('desktop', path(room)), room);
  await page.getByRole('button', { name: 'Supprimer la session' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Ses 3 candidats inscrits sont perdus.');
  await accessible(page);
  await dialog.getByRole('button', { name: 'Supprimer' }).click();
  await expect(page.getByText(`La session ${room.kit.number} est supprimée.`)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Nouvelle session' }).or(page.getByRole('link', { name: 'Créer ma première session' }))).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: room.kit.number })).toHaveCount(0);

  const other = await vigie.room(pupils(1));
  await page.goto(`/app/${path(other)}`);
  await page.getByRole('button', { name: 'Supprimer la session' }).click();
  // What the page knows is too old.
  await page.route('**/board', (route) => route.abort());
  await other.running(0);
  await dialog.getByRole('button', { name: 'Supprimer' }).click();
  await expect(dialog.getByRole('alert')).toContainText('La session n’est pas supprimée.');
  await expect(dialog.getByRole('alert')).toContainText('Un test a commencé');
  await page.unroute('**/board');
  await dialog.getByRole('button', { name: 'Annuler' }).click();
  await expect(page.getByText('Une session où un candidat a commencé ne se supprime plus')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Supprimer la session' })).toHaveCount(0);
});

test('a candidate is corrected before they join and after, and never into somebody else', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  const page = await organise(await visit('desktop', path(room)), room);
  await open(page, 'Bernard Zoé');
  await accessible(page);
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('Prénom').fill('Camille');
  await sheet.getByLabel('Date de naissance').fill('02/05/2012');
  await sheet.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(sheet.getByText('Un autre candidat de cette session a déjà ce nom')).toBeVisible();
  await expect(sheet.getByLabel('Prénom')).toHaveValue('Camille');
  await sheet.getByLabel('Prénom').fill('Zoë');
  await sheet.getByLabel('Nom', { exact: true }).fill('Bérnard');
  await sheet.getByLabel('Temps majoré').fill('1/3');
  const edits: unknown[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') edits.push(request.postDataJSON());
  });
  await twice(sheet.getByRole('button', { name: 'Enregistrer' }));
  await expect(page.getByRole('dialog', { name: 'Bérnard Zoë', exact: true })).toBeVisible();
  expect(edits).toEqual([{ firstName: 'Zoë', lastName: 'Bérnard', birthdate: '2012-05-02', extraTimePercent: 33 }]);
  await sheet.getByText('Historique').click();
  await expect(sheet.getByText('Avant : Bernard Zoé, né(e) le 01/05/2012, temps majoré 0 %')).toBeVisible();
  await accessible(page);
  await sheet.getByRole('button', { name: 'Fermer' }).click();
  await expect(page.getByRole('heading', { name: /^Candidats/ })).toBeFocused();
  await expect(row(page, 'Bérnard Zoë')).toContainText('temps majoré +33 %');

  await room.join(1);
  await expect(row(page, 'Bernard Camille')).toContainText('connecté');
  await open(page, 'Bernard Camille');
  await expect(sheet.getByText('Quelqu’un est connecté sous ce nom.')).toBeVisible();
  await expect(sheet.getByRole('button', { name: 'Retirer de la session' })).toHaveCount(0);
  await sheet.getByLabel('Prénom').fill('Camil');
  await sheet.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByRole('dialog', { name: 'Bernard Camil', exact: true })).toBeVisible();
  await sheet.getByRole('button', { name: 'Fermer' }).click();
  // Still joined: the account now bears another name than the candidate.
  await expect(row(page, 'Bernard Camil')).toContainText('compte : Bernard Camille');
});

test('a candidate is removed until they join; then their account is unlinked first', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  await room.join(1);
  const page = await organise(await visit('phone', path(room)), room);
  await open(page, 'Bernard Zoé');
  await page.getByRole('button', { name: 'Retirer de la session' }).click();
  const asked = page.getByRole('dialog', { name: 'Bernard Zoé : retirer de la session' });
  await accessible(page);
  await page.route('**/candidates/*', (route) => route.abort());
  await asked.getByRole('button', { name: 'Retirer de la session' }).click();
  await expect(asked.getByRole('alert')).toContainText('Le candidat n’est pas retiré.');
  await page.unroute('**/candidates/*');
  await asked.getByRole('button', { name: 'Retirer de la session' }).click();
  await expect(page.getByText('Bernard Zoé n’est plus dans la session.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Candidats (1)' })).toBeFocused();
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await open(page, 'Bernard Camille');
  await expect(page.getByText('détachez d’abord le compte')).toBeVisible();
  await page.getByRole('button', { name: 'Détacher le compte' }).click();
  const unlinking = page.getByRole('dialog', { name: 'Bernard Camille : détacher ce compte' });
  await expect(unlinking).toContainText('Connecté avec ce compte : Bernard Camille (p…@example.org)');
  await accessible(page);
  await unlinking.getByRole('button', { name: 'Détacher le compte' }).click();
  await expect(page.getByRole('button', { name: 'Retirer de la session' })).toBeVisible();
});

test('codes that leaked are replaced: the proctor is out, and the kit shows the new ones', async ({ vigie, visit, secrets }) => {
  const room = await vigie.room(pupils(1));
  secrets.push(room.kit.sessionPassword, room.kit.accessCode);
  const page = await organise(await visit('desktop', path(room)), room);
  await page.getByRole('button', { name: 'Kit surveillant' }).click();
  await expect(page.getByText(room.kit.sessionPassword)).toBeVisible();
  await page.getByRole('button', { name: 'Remplacer un code' }).click();
  const dialog = page.getByRole('dialog');
  await accessible(page);
  await dialog.getByRole('button', { name: 'Remplacer' }).click();
  await expect(dialog.getByText('Choisissez au moins un code.')).toBeVisible();
  await dialog.getByLabel('Mot de passe de la session').check();
  await dialog.getByRole('button', { name: 'Remplacer' }).click();
  await expect(page.getByText('Le nouveau code est ci-dessous.')).toBeVisible();
  await expect(page.getByText(room.kit.sessionPassword)).toHaveCount(0);
  await expect(page.getByText(room.kit.accessCode).first()).toBeVisible();
  await expect(vigie.call('GET', `/sessions/${room.kit.number}/board`, room.proctor)).rejects.toThrow('401');
  await page.getByRole('button', { name: 'Remplacer un code' }).click();
  await dialog.getByLabel('Code d’accès').check();
  await dialog.getByRole('button', { name: 'Remplacer' }).click();
  await expect(page.getByText(room.kit.accessCode)).toHaveCount(0);
});

test('minutes are given to those chosen, and what is refused is said by name', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  await room.running(2);
  const page = await organise(await visit('desktop', path(room)), room);
  await page.getByRole('button', { name: 'Ajouter des minutes' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('checkbox')).toHaveCount(3);
  await accessible(page);
  await dialog.getByLabel('Minutes').fill('0');
  await dialog.getByRole('button', { name: 'Ajouter à 3 candidats' }).click();
  await expect(dialog.getByText('Tapez un nombre entier de −120 à 120')).toBeVisible();
  await expect(dialog.getByText('Écrivez le motif')).toBeVisible();
  await dialog.getByLabel('Minutes').fill('10');
  await dialog.getByLabel('Motif').fill('Alarme incendie');
  await dialog.getByRole('checkbox', { name: 'Bernard Zoé' }).uncheck();
  await vigie.call('POST', room.path(2, 'end'), room.proctor);
  await twice(dialog.getByRole('button', { name: 'Ajouter à 2 candidats' }));
  const refused = dialog.getByRole('alert').filter({ hasText: 'Pas pour Bernard Hugo : le test est terminé.' });
  await expect(refused).toContainText('+10 min pour 1 candidat.');
  await accessible(page);
  await dialog.getByRole('button', { name: 'Fermer' }).last().click();
  await expect(row(page, 'Bernard Camille')).toContainText('10 min ajoutées');
  await expect(row(page, 'Bernard Zoé')).not.toContainText('ajoutées');

  await open(page, 'Bernard Camille');
  await dialog.getByRole('button', { name: 'Ajouter des minutes' }).click();
  const more = page.getByRole('dialog', { name: 'Bernard Camille : ajouter des minutes' });
  await more.getByLabel('Minutes').fill('-4');
  await more.getByLabel('Motif').fill('Rendu');
  const keys = new Set<string | undefined>();
  page.on('request', (request) => {
    if (request.url().endsWith('/minutes')) keys.add(request.headers()['idempotency-key']);
  });
  await page.route('**/minutes', (route) => route.abort());
  await more.getByRole('button', { name: 'Ajouter' }).click();
  await expect(more.getByRole('alert')).toContainText('Le serveur ne répond pas');
  await page.unroute('**/minutes');
  await more.getByRole('button', { name: 'Ajouter' }).click();
  await expect(more).toHaveCount(0);
  expect(keys.size).toBe(1);
  expect(keys).not.toContain(undefined);
  await page.getByText('Historique').click();
  await expect(page.getByText('Minutes ajoutées ou retirées, −4 min')).toBeVisible();
  await expect(page.getByText('Motif : Rendu')).toBeVisible();
  await page.getByRole('button', { name: 'Fermer' }).click();
  await expect(row(page, 'Bernard Camille')).toContainText('6 min ajoutées');
});

test('an incident is reported once, and nothing typed is lost when it fails', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  await vigie.call('POST', `/sessions/${room.kit.number}/incidents`, room.proctor, { category: 'evacuation', text: 'Alarme à 10 h 12.' });
  const page = await organise(await visit('phone', path(room)), room);
  const incidents = page.getByRole('region', { name: /^Incidents/ });
  await expect(incidents.getByRole('listitem')).toContainText(['Alarme à 10 h 12.']);
  await expect(incidents).toContainText('signalé par Surveillant Dominique');
  await incidents.getByRole('button', { name: 'Signaler un incident' }).click();
  await incidents.getByRole('button', { name: 'Signaler', exact: true }).click();
  await expect(incidents.getByText('Veuillez remplir ce champ.')).toBeVisible();
  await accessible(page);
  await incidents.getByLabel('Nature de l’incident').selectOption('Problème technique');
  await incidents.getByLabel('Ce qui s’est passé').fill('x'.repeat(1_001));
  await incidents.getByRole('button', { name: 'Signaler', exact: true }).click();
  await expect(incidents.getByText('1 000 au plus.', { exact: false }).last()).toBeVisible();
  await incidents.getByLabel('Ce qui s’est passé').fill('Écran noir.\nAutre poste donné.');
  await incidents.getByLabel('Candidat concerné').selectOption({ index: 2 });
  await page.route('**/incidents', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  await incidents.getByRole('button', { name: 'Signaler', exact: true }).click();
  await expect(incidents.getByRole('alert').filter({ hasText: 'L’incident n’est pas signalé.' })).toBeVisible();
  await page.unroute('**/incidents');
  await expect(incidents.getByLabel('Ce qui s’est passé')).toHaveValue('Écran noir.\nAutre poste donné.');
  let sent = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/incidents')) sent++;
  });
  await twice(incidents.getByRole('button', { name: 'Signaler', exact: true }));
  await expect(incidents.getByText('L’incident est signalé.')).toBeVisible();
  await expect(incidents.getByRole('listitem')).toHaveCount(2);
  expect(sent).toBe(1);
  await expect(incidents.getByRole('listitem').last()).toContainText('Candidat : Bernard Zoé');
  await accessible(page);
});

test('a history that can’t be read says so, and is read again', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.start(0, await room.running(0).then(async (token) => {
    await room.leave(0, token);
    await vigie.call('POST', room.path(0, 'resume'), room.proctor);
    return token;
  }));
  const page = await organise(await visit('phone', path(room)), room);
  await page.route('**/history', (route) => route.abort());
  await open(page, 'Bernard Zoé');
  await page.getByText('Historique').click();
  await expect(page.getByRole('alert').filter({ hasText: 'Le serveur ne répond pas' })).toBeVisible();
  await page.unroute('**/history');
  await page.getByRole('button', { name: 'Réessayer' }).click();
  await expect(page.getByRole('dialog').getByRole('listitem')).toContainText([
    'Inscription Organisatrice Olivia, organisateur',
    'Connexion à la session Bernard Zoé, candidat',
    'Présence confirmée Surveillant Dominique, surveillant',
    'Test commencé',
    'Test interrompu',
    'Reprise autorisée',
    'Test repris',
  ]);
});

test('what a login that ended refused is done after the next one', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await organise(await visit('desktop', path(room)), room);
  await open(page, 'Bernard Zoé');
  await page.getByRole('button', { name: 'Retirer de la session' }).click();
  const expired = (route: Route) => refuse(route, 401, 'unauthenticated', 'Connexion nécessaire');
  await page.route('**/candidates/*', expired);
  await page.getByRole('dialog', { name: 'Bernard Zoé : retirer' }).getByRole('button', { name: 'Retirer de la session' }).click();
  const login = page.getByRole('dialog', { name: 'Veuillez vous reconnecter' });
  await expect(login).toBeVisible();
  await page.unroute('**/candidates/*');
  await login.getByLabel('Mot de passe', { exact: true }).fill(ORGANISER.password);
  await login.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByText('Bernard Zoé n’est plus dans la session.')).toBeVisible();
});
