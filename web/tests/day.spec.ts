import type { Page } from '@playwright/test';
import { accessible, engine, enterRoom, expect, logIn, openSheet, row, test, toDo } from './fixtures';
import { ORGANISER, pupils, type TestRoom } from './vigie';

let step = 0;
async function keep(page: Page, what: string): Promise<void> {
  await page.screenshot({ path: `screenshots/day-${String(++step).padStart(2, '0')}-${what}.png` });
}

async function typeCode(page: Page, room: TestRoom): Promise<void> {
  await page.getByLabel('Code d’accès communiqué par le surveillant').fill(room.kit.accessCode);
  await page.getByRole('button', { name: /(Commencer|Reprendre) mon test/ }).click();
}

test('a day on which people err: a name mistyped, a pass, a fire alarm, a power failure, a password that leaked', async ({ vigie, visit, secrets }) => {
  test.setTimeout(240_000);
  const list = pupils(5);
  // Zoé Bernard, as somebody typed her.
  list[0] = { firstName: 'Zoé', lastName: 'Bernrad', birthdate: '2012-05-01' };
  const room = await vigie.room(list);
  secrets.push('Bernard', 'Bernrad', room.kit.sessionPassword);
  const proctor = await visit('tablet', 'proctor');
  await enterRoom(proctor, room);
  const organiser = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(organiser, ORGANISER);
  await expect(organiser.getByText('Bernrad').first()).toBeVisible();

  // She is who she says, and is not found.
  const zoe = await visit('phone', 'candidate');
  await logIn(zoe, await vigie.account('Zoé', 'Bernard'));
  await zoe.getByLabel('Numéro de la session').fill(room.kit.number);
  await zoe.getByLabel('Date de naissance').fill('01/05/2012');
  await zoe.getByRole('button', { name: 'Continuer' }).click();
  await zoe.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await expect(zoe.getByRole('alert')).toContainText('Candidat introuvable');
  await accessible(zoe);
  await keep(zoe, 'not-found');

  // The proctor knows her, ticks her, and gives her a pass.
  await row(proctor, 'Bernrad').getByRole('checkbox').click();
  const sheet = await openSheet(proctor, 'Bernrad');
  await sheet.getByRole('button', { name: 'Donner un laissez-passer' }).click();
  await sheet.getByRole('button', { name: 'Créer le laissez-passer' }).click();
  await expect(sheet).toContainText('Encore 10 min');
  const pass = /[2-9A-Z]{4} [2-9A-Z]{4}/.exec(await sheet.innerText())?.[0] ?? '';
  secrets.push(pass.replace(' ', ''));
  await keep(proctor, 'pass');
  await proctor.keyboard.press('Escape');
  await zoe.getByRole('button', { name: 'J’ai un laissez-passer' }).or(zoe.getByRole('link', { name: 'J’ai un laissez-passer' })).click();
  await zoe.getByLabel('Laissez-passer communiqué par le surveillant').fill(pass);
  await zoe.getByRole('button', { name: 'Entrer', exact: true }).click();
  await typeCode(zoe, room);
  await expect(engine(zoe)).toBeVisible();
  await expect(zoe.getByText('Bernrad Zoé')).toBeVisible();

  // The organiser corrects the name, while she goes on.
  await organiser.getByRole('button', { name: 'Bernrad Zoé' }).click();
  const mending = organiser.getByRole('dialog', { name: 'Bernrad Zoé' });
  await mending.getByLabel('Nom', { exact: true }).fill('Bernard');
  await mending.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(organiser.getByText('Bernard Zoé : la correction est enregistrée.').first()).toBeVisible();
  await keep(organiser, 'corrected');
  await organiser.keyboard.press('Escape');
  await expect(row(proctor, 'Bernard Zoé')).toContainText('En cours');
  await expect(zoe.getByText('Bernard Zoé')).toBeVisible();
  await expect(engine(zoe)).toBeVisible();

  // The others begin.
  const tokens = await Promise.all([1, 2, 3].map((n) => room.running(n)));
  await expect(proctor.getByText('4 commencés')).toBeVisible();

  // The alarm rings: ten minutes for all, and an incident.
  const until = await zoe.getByRole('timer').innerText();
  await proctor.getByRole('button', { name: 'Menu' }).click();
  await proctor.getByRole('button', { name: 'Ajouter des minutes' }).click();
  await proctor.getByLabel('Minutes', { exact: true }).fill('10');
  await proctor.getByLabel('Motif').fill('Alarme incendie');
  await accessible(proctor);
  await keep(proctor, 'minutes');
  await proctor.getByRole('button', { name: 'Ajouter à 5 candidats' }).click();
  await expect(proctor.getByText('+10 min pour 5 candidats.')).toBeVisible();
  await expect(row(proctor, 'Bernard Camille')).toContainText('+10 min');
  await expect.poll(() => zoe.getByRole('timer').innerText()).not.toBe(until);
  await proctor.getByRole('button', { name: 'Menu' }).click();
  await proctor.getByRole('button', { name: 'Incidents' }).click();
  await proctor.getByRole('button', { name: 'Signaler un incident' }).click();
  await proctor.getByLabel('Nature de l’incident').selectOption('evacuation');
  await proctor.getByLabel('Ce qui s’est passé').fill('Alarme à 10 h 12, retour en salle à 10 h 24.');
  await proctor.getByRole('button', { name: 'Signaler', exact: true }).click();
  await expect(proctor.getByText('Alarme à 10 h 12')).toBeVisible();
  await keep(proctor, 'incident');
  await proctor.keyboard.press('Escape');

  // The power fails: the page goes with it, and so do all others.
  await zoe.reload();
  await Promise.all(tokens.map((token, n) => room.leave(n + 1, token)));
  await Promise.all(tokens.map((token, n) => room.start(n + 1, token)));
  await expect(toDo(proctor)).toContainText('À traiter 3');
  await keep(proctor, 'power-failed');
  await toDo(proctor).getByRole('button', { name: 'Autoriser les 3' }).click();
  await expect(proctor.getByText('3 reprises autorisées.')).toBeVisible();
  await Promise.all(tokens.map((token, n) => room.start(n + 1, token)));
  await expect(row(proctor, 'Bernard Hugo')).toContainText('En cours');
  await expect(engine(zoe)).toBeVisible();

  // The session password leaked: a new one ends every proctor's login, and this one comes back with it.
  await organiser.getByRole('button', { name: 'Kit surveillant' }).click();
  await organiser.getByRole('button', { name: 'Remplacer un code' }).click();
  await organiser.getByRole('checkbox', { name: 'Mot de passe de la session' }).check();
  await accessible(organiser);
  await keep(organiser, 'replace');
  await organiser.getByRole('button', { name: 'Remplacer', exact: true }).click();
  await expect(organiser.getByText('Le nouveau code est ci-dessous.')).toBeVisible();
  const replaced = await vigie.call<{ sessionPassword: string }>('GET', `/sessions/${room.kit.number}/kit`, room.organiser);
  secrets.push(replaced.sessionPassword);
  expect(replaced.sessionPassword).not.toBe(room.kit.sessionPassword);
  const again = proctor.getByRole('dialog', { name: 'Veuillez vous reconnecter' });
  await expect(again).toBeVisible();
  await keep(proctor, 'password-replaced');
  await again.getByLabel('Mot de passe', { exact: true }).fill(room.proctorAccount.password);
  await again.getByLabel('Mot de passe de la session').fill(replaced.sessionPassword.slice(2));
  await again.getByRole('button', { name: 'Continuer' }).click();
  await expect(again).toHaveCount(0);
  await row(proctor, 'Léo').getByRole('checkbox').click();
  await expect(row(proctor, 'Léo')).toContainText('Présence confirmée');
  await expect(engine(zoe)).toBeVisible();

  // All of it is in her history.
  const hers = await openSheet(proctor, 'Bernard Zoé');
  await hers.getByRole('button', { name: 'Historique' }).click();
  for (const event of ['Laissez-passer donné', 'Entrée avec un laissez-passer', 'Correction', 'Minutes ajoutées', 'Alarme incendie']) await expect(hers).toContainText(event);
  await accessible(proctor);
  await keep(proctor, 'history');
});
