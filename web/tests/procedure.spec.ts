import type { FrameLocator, Page } from '@playwright/test';
import { accessible, expect, logIn, openSheet, row, rows, test, toDo } from './fixtures';
import { inParis, ORGANISER, type Credentials, type Vigie } from './vigie';

const OTHERS = ['Anaïs', 'Léo', 'Inès', 'Noah', 'Jade', 'Gaël', 'Maïa', 'Sacha', 'Lou'];
const CLASS = [
  'Nom\tPrénom\tNé(e) le\tTiers temps',
  'Martin\tCamille\t14/03/2012\t',
  'Bernard\tZoé\t31/05/2012\t33 %',
  'Nguyen\tHugo\t02/11/2011\t',
  ...OTHERS.map((name, n) => `Lefèvre\t${name}\t0${n + 1}/09/2012\t`),
].join('\n');
const EXACT =
  'Votre surveillant n’a pas confirmé votre présence dans la salle de test. Vous ne pouvez donc pas encore commencer votre test de certification. Merci de prévenir votre surveillant.';

let step = 0;
async function keep(page: Page, what: string): Promise<void> {
  await page.screenshot({ path: `screenshots/${String(++step).padStart(2, '0')}-${what}.png` });
}

const engine = (page: Page): FrameLocator => page.frameLocator('iframe');

/** From the login to the access code. */
async function join(page: Page, vigie: Vigie, number: string, [firstName, lastName, birthdate]: [string, string, string]): Promise<Credentials> {
  const account = await vigie.account(firstName, lastName);
  await logIn(page, account);
  await page.getByLabel('Numéro de la session').fill(number);
  await expect(page.getByLabel('Prénom')).toHaveValue(firstName);
  await page.getByLabel('Date de naissance').fill(birthdate);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByRole('heading', { name: 'Est-ce bien vous ?' })).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  return account;
}

async function code(page: Page, accessCode: string): Promise<void> {
  await page.getByRole('textbox').fill(accessCode);
  await page.getByRole('button', { name: /(Commencer|Reprendre) mon test/ }).click();
}

test('the whole procedure, with an organiser, a proctor and candidates at once', async ({ vigie, visit, secrets }) => {
  test.setTimeout(180_000);
  secrets.push('Camille', 'Bernard', 'Nguyen');

  const organiser = await visit('desktop', 'organiser');
  await logIn(organiser, ORGANISER);
  const create = organiser.getByRole('link', { name: /première session|Nouvelle session/ }).first();
  await expect(create).toBeVisible();
  await accessible(organiser);
  await create.click();
  await expect(organiser.getByLabel('Heure de début')).toBeVisible();
  const { date, time } = inParis();
  await organiser.getByLabel('Date', { exact: true }).fill(date);
  await organiser.getByLabel('Heure de début').fill(time);
  await organiser.getByLabel('Site').fill('Collège Jean Moulin');
  await organiser.getByLabel('Salle', { exact: true }).fill('Salle 12');
  await organiser.getByLabel('Surveillant (facultatif)').fill('AED');
  await accessible(organiser);
  await keep(organiser, 'new-session');
  await organiser.getByRole('button', { name: 'Créer la session' }).click();
  const kit = organiser.getByRole('main');
  await expect(kit).toContainText('Mot de passe de la session');
  const password = /C-[2-9A-Z]{6}/.exec(await kit.innerText())?.[0] ?? '';
  const accessCode = /^[2-9BCDFGHJKMP-RTVWXY]{6}$/m.exec(await kit.innerText())?.[0] ?? '';
  const number = /organiser\/sessions\/(\d+)/.exec(organiser.url())?.[1] ?? '';
  secrets.push(password, accessCode);
  await organiser.getByLabel('Liste de candidats').fill(CLASS);
  const enrol = organiser.getByRole('button', { name: 'Inscrire 12 candidats' });
  await expect(enrol).toBeVisible();
  await accessible(organiser);
  await keep(organiser, 'enrol');
  await enrol.click();
  await expect(organiser.getByText('12 candidats sont inscrits.').first()).toBeVisible();

  const proctor = await visit('tablet', 'proctor');
  await logIn(proctor, await vigie.account('Dominique', 'Surveillant'));
  await proctor.getByLabel('Numéro de la session').fill(number);
  await proctor.getByLabel('Mot de passe de la session').fill(password.slice(2));
  await proctor.getByRole('button', { name: 'Surveiller la session' }).click();
  await expect(rows(proctor)).toHaveCount(12);

  // Refused until ticked, then let in by itself.
  let candidate = await visit('desktop', 'candidate');
  const account = await join(candidate, vigie, number, ['Camille', 'Martin', '14/03/2012']);
  await accessible(candidate);
  await keep(candidate, 'access-code');
  await code(candidate, accessCode.toLowerCase());
  await expect(candidate.getByRole('main')).toContainText(new RegExp(EXACT.replaceAll('’', '[’\']')));
  await accessible(candidate);
  await keep(candidate, 'waiting-room');
  await expect(row(proctor, 'Camille')).toContainText('Présence à confirmer');
  await keep(proctor, 'room-somebody-waits');
  await row(proctor, 'Camille').getByRole('checkbox').click();
  await expect(engine(candidate).getByRole('button', { name: 'Terminer' })).toBeVisible();
  await expect(candidate.getByText('Il reste')).toBeVisible();
  await accessible(candidate);
  await keep(candidate, 'test');

  // A reload is not leaving.
  await candidate.reload();
  await expect(engine(candidate).getByRole('button', { name: 'Terminer' })).toBeVisible();
  await expect(row(proctor, 'Camille')).toContainText('En cours');

  // The browser crashes; the same person comes back in a new one.
  await candidate.context().close();
  candidate = await visit('desktop', 'candidate');
  await logIn(candidate, account);
  await candidate.getByLabel('Numéro de la session').fill(number);
  await candidate.getByLabel('Date de naissance').fill('14 03 2012');
  await candidate.getByRole('button', { name: 'Continuer' }).click();
  await candidate.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await code(candidate, accessCode);
  await expect(candidate.getByRole('heading', { name: 'Attendez l’accord de votre surveillant' })).toBeVisible();
  await accessible(candidate);
  await keep(candidate, 'waits-to-resume');
  await expect(row(proctor, 'Camille')).toContainText('Demande à reprendre');
  await toDo(proctor).getByRole('button', { name: 'Autoriser la reprise de Martin Camille' }).click();
  await expect(engine(candidate).getByRole('button', { name: 'Terminer' })).toBeVisible();
  await engine(candidate).getByRole('button', { name: 'Terminer' }).click();
  await engine(candidate).getByRole('button', { name: 'Oui, terminer' }).click();
  await expect(candidate.getByRole('heading', { name: 'Votre test est terminé' })).toBeVisible();
  await accessible(candidate);
  await keep(candidate, 'finished');
  await expect(row(proctor, 'Camille')).toContainText('Terminé');

  // Another leaves, and is ended by the proctor: nothing brings them back.
  const other = await visit('phone', 'candidate');
  await join(other, vigie, number, ['Zoé', 'Bernard', '31/05/2012']);
  await row(proctor, 'Zoé').getByRole('checkbox').click();
  await expect(row(proctor, 'Zoé')).toContainText('Présence confirmée');
  await code(other, accessCode);
  await expect(engine(other).getByRole('button', { name: 'Terminer' })).toBeVisible();
  await other.getByRole('button', { name: 'Quitter' }).click();
  await accessible(other);
  await other.getByRole('button', { name: 'Oui, quitter' }).click();
  await expect(other.getByRole('heading', { name: 'Vous avez quitté le test' })).toBeVisible();
  await accessible(other);
  await expect(row(proctor, 'Zoé')).toContainText('Interrompu');
  await keep(proctor, 'room-interrupted');
  await openSheet(proctor, 'Zoé');
  await proctor.getByRole('button', { name: 'Terminer le test' }).click();
  await keep(proctor, 'end-question');
  await proctor.getByRole('button', { name: 'Terminer le test de Bernard Zoé' }).click();
  await expect(other.getByRole('heading', { name: 'Votre test a été arrêté' })).toBeVisible();
  await accessible(other);
  await keep(other, 'ended');
  await other.reload();
  await expect(other.getByRole('heading', { name: 'Votre test a été arrêté' })).toBeVisible();

  // The organiser sees it all, and finalises: a test still running ends.
  await row(proctor, 'Hugo').getByRole('checkbox').click();
  const last = await visit('desktop', 'candidate');
  await join(last, vigie, number, ['Hugo', 'Nguyen', '02/11/2011']);
  await code(last, accessCode);
  await expect(engine(last).getByRole('button', { name: 'Terminer' })).toBeVisible();
  await organiser.getByRole('button', { name: 'Finaliser la session' }).click();
  await expect(organiser.getByRole('dialog')).toContainText('1 test est encore en cours');
  await accessible(organiser);
  await organiser.getByRole('button', { name: 'Arrêter 1 test et finaliser' }).click();
  await expect(organiser.getByText('Finalisée').first()).toBeVisible();
  await accessible(organiser);
  await keep(organiser, 'finalised');
  await expect(last.getByRole('heading', { name: 'Votre test a été arrêté' })).toBeVisible();
  await expect(proctor.getByText('Cette session est finalisée')).toBeVisible();
});
