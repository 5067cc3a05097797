import type { Page, Route } from '@playwright/test';
import { accessible, enterRoom, expect, logIn, refuse, row, test } from './fixtures';
import { ORGANISER, pupils } from './vigie';

/** What the API answers to a token that has expired. */
const expired = (route: Route) => refuse(route, 401, 'unauthenticated', 'Connexion nécessaire');

async function renew(page: Page, password: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Veuillez vous reconnecter' });
  await expect(dialog).toBeVisible();
  await accessible(page);
  await dialog.getByLabel('Mot de passe', { exact: true }).fill(password);
}

test('a proctor whose login ends in the middle goes on where they were, ticks included', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(4));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.route('**/sessions/*/presence', expired);
  await row(page, 'Zoé').getByRole('checkbox').click();
  await expect(page.getByRole('dialog', { name: 'Veuillez vous reconnecter' })).toBeVisible();
  await page.unroute('**/sessions/*/presence');
  await renew(page, room.proctorAccount.password);
  await page.getByRole('dialog').getByLabel('Mot de passe de la session').fill(room.kit.sessionPassword);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(row(page, 'Zoé').getByRole('checkbox')).toBeChecked();
});

test('an organiser whose login ends loses nothing of what they typed', async ({ visit }) => {
  const page = await visit('desktop', 'organiser/new');
  await logIn(page, ORGANISER);
  await page.getByLabel('Date', { exact: true }).fill('2027-05-18');
  await page.getByLabel('Heure de début').fill('09:00');
  await page.getByLabel('Site').fill('Collège Jean Moulin');
  await page.getByLabel('Salle', { exact: true }).fill('Salle 12');
  await page.route('**/sessions', expired);
  await page.getByRole('button', { name: 'Créer la session' }).click();
  await page.unroute('**/sessions');
  await renew(page, ORGANISER.password);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByLabel('Site')).toHaveValue('Collège Jean Moulin');
  await page.getByRole('button', { name: 'Créer la session' }).click();
  await expect(page.getByRole('heading', { name: /^Session \d+$/ })).toBeVisible();
});

test('an answer to the login that ended asks nobody to log in twice, and what it refused is done', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(2));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  let refuse = (): void => undefined;
  const late = new Promise<void>((resolve) => (refuse = resolve));
  let isFirst = true;
  await page.route('**/presence', async (route) => {
    if (!isFirst) return route.continue();
    isFirst = false;
    await late;
    return expired(route);
  });
  await row(page, 'Zoé').getByRole('checkbox').click();
  await page.route('**/board', expired);
  await renew(page, room.proctorAccount.password);
  await page.unroute('**/board');
  await page.getByRole('dialog').getByLabel('Mot de passe de la session').fill(room.kit.sessionPassword);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  refuse();
  await expect(row(page, 'Zoé').getByRole('checkbox')).toBeChecked();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  // The room goes on at once, too.
  await room.tick(1);
  await expect(row(page, 'Camille').getByRole('checkbox')).toBeChecked({ timeout: 5_000 });
});
