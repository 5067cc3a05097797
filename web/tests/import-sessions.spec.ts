import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { accessible, expect, logIn, refuse, test } from './fixtures';
import { xlsx } from './sheets';
import { ORGANISER } from './vigie';

const IMPORT = '**/sessions/import*';
const HEADING = 'Date;Heure;Site;Salle;Surveillant;Durée;Nom;Prénom;Né(e) le;Tiers temps';
/** Two sessions with three candidates, at a site of their own. */
const linesAt = (site: string) => [
  `15/06/2126;9:00;${site};12;AED;60;BERNARD;Zoé;31/05/2012;33 %`,
  `15/06/2126;9h00;${site};12;;;Martin;Camille;14/03/2012;`,
  `15/06/2126;14:00;${site};12;;;Diop;Awa;02/01/2012;`,
];
const listAt = (site: string) => [HEADING, ...linesAt(site)].join('\n');
const row = (page: Page, name: string) => page.getByRole('row', { name });
/** The centre's sessions at a site. */
const sessions = (page: Page, site: string) => page.getByRole('listitem').filter({ hasText: site });
const list = (page: Page) => page.getByLabel('Liste de sessions');
const create = (page: Page) => page.getByRole('button', { name: /^(Créer (les sessions|\d+ sessions?)|Inscrire \d+ candidats?)$/ });
const found = (page: Page) => page.getByRole('region', { name: 'Sessions de la liste' }).getByRole('listitem');

async function open(page: Page): Promise<void> {
  await logIn(page, ORGANISER);
  await page.getByRole('link', { name: 'Importer des sessions' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Importer des sessions' })).toBeFocused();
}

test('sessions are looked at, corrected, and created with their candidates', async ({ visit }) => {
  const site = 'Collège Simone Veil';
  const page = await visit('desktop', 'organiser');
  await open(page);
  await accessible(page);
  await list(page).fill(listAt(site).replace('14:00', '25:00'));
  await expect(page.getByText('1 ligne à corriger, 1 session à créer, 2 candidats à inscrire.')).toBeVisible();
  await expect(row(page, 'Diop')).toContainText('Heure : Cette heure est illisible');
  await accessible(page);
  await create(page).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Rien n’a été créé' })).toBeVisible();

  await list(page).fill(listAt(site));
  await expect(page.getByText('2 sessions à créer, 3 candidats à inscrire, rien à corriger.')).toBeVisible();
  await expect(found(page)).toHaveCount(2);
  await expect(found(page).first()).toContainText('15/06/2126 - 09:00');
  await expect(found(page).first()).toContainText('AED · 60');
  await expect(row(page, 'Diop')).toContainText('15/06/2126 - 14:00, 12');
  await expect(row(page, 'BERNARD')).toContainText('+33');
  await accessible(page);
  await create(page).click();
  await expect(page.getByText('2 sessions sont créées, 3 candidats sont inscrits.')).toBeVisible();
  await expect(sessions(page, site).filter({ hasText: '15/06/2126 - 09:00' })).toContainText('2 candidats');

  // The same list once more, and one more candidate: no session is created a second time.
  await page.getByRole('link', { name: 'Importer des sessions' }).click();
  await expect(list(page)).toHaveValue('');
  await list(page).fill(`${listAt(site)}\n15/06/2126;14:00;${site};12;Roux;;Roux;Noé;03/01/2012;`);
  await expect(page.getByText('2 déjà créées, 1 candidat à inscrire, 3 déjà inscrits, rien à corriger.')).toBeVisible();
  await expect(found(page).nth(1)).toContainText('Existe déjà : session');
  await expect(found(page).nth(1)).toContainText('la liste dit autre chose : Surveillant.');
  await create(page).click();
  await expect(page.getByText('Aucune session n’était à créer, 1 candidat est inscrit.')).toBeVisible();
  await expect(sessions(page, site)).toHaveCount(2);
});

test('a list whose answer is lost is created once', async ({ visit }) => {
  const site = 'Collège Rosa Parks';
  const page = await visit('tablet', 'organiser');
  await open(page);
  await list(page).fill(listAt(site));
  await expect(page.getByText('2 sessions à créer')).toBeVisible();
  const isForGood = (url: string) => !url.includes('dryRun');
  let lost = 0;
  await page.route(IMPORT, async (route) => {
    if (!isForGood(route.request().url())) return route.fallback();
    await route.fetch();
    lost++;
    await route.abort();
  });
  await create(page).click();
  await expect(page.getByText('Nous ne savons pas si les sessions sont créées.')).toBeVisible({ timeout: 20_000 });
  expect(lost).toBeGreaterThan(1);
  await page.unroute(IMPORT);
  await page.reload();
  await expect(list(page)).toHaveValue(listAt(site));
  await create(page).click();
  await expect(page.getByText('2 sessions sont créées, 3 candidats sont inscrits.')).toBeVisible();
  await expect(sessions(page, site)).toHaveCount(2);
});

test('a late answer takes nobody away from what they do by then, and the same list in another zone is another one', async ({ visit }) => {
  const [site, other] = ['Collège Olympe de Gouges', 'Collège Germaine Tillion'];
  const page = await visit('tablet', 'organiser');
  await open(page);
  await list(page).fill(listAt(site));
  await expect(page.getByText('2 sessions à créer')).toBeVisible();
  let answer = (): void => undefined;
  const late = new Promise<void>((resolve) => (answer = resolve));
  const isForGood = (url: URL) => /\/sessions\/import(?!.*dryRun)/.test(url.href);
  await page.route(isForGood, async (route) => {
    const response = await route.fetch();
    await late;
    await route.fulfill({ response });
  }, { times: 1 });
  await create(page).click();
  await expect(page.getByRole('button', { name: 'Création…' })).toBeVisible();
  await page.getByRole('link', { name: '← Toutes les sessions' }).click();
  await page.getByRole('link', { name: 'Importer des sessions' }).click();
  await list(page).fill(listAt(other));
  const answered = page.waitForResponse((response) => isForGood(new URL(response.url())));
  answer();
  await (await answered).finished();
  await expect(page.getByText('2 sessions à créer')).toBeVisible();
  await page.reload();
  await expect(list(page)).toHaveValue(listAt(other));

  await page.route(isForGood, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await create(page).click();
  await expect(page.getByText('Nous ne savons pas si les sessions sont créées.')).toBeVisible({ timeout: 20_000 });
  await page.unroute(isForGood);
  // Sent again, it is what was sent before; in another zone it is not, and what came of the other one shows.
  await expect(create(page)).toBeVisible();
  await page.getByLabel('Fuseau horaire').selectOption({ label: 'La Réunion' });
  await expect(page.getByText('2 déjà créées, 0 candidat à inscrire, 3 déjà inscrits, rien à corriger.')).toBeVisible();
  await expect(create(page)).toHaveCount(0);
});

test('a file is read as a list is, in the time zone that is chosen, and there is one to fill in', async ({ visit }) => {
  const site = 'Lycée Hélène Boucher';
  const page = await visit('phone', 'organiser');
  await open(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Télécharger un modèle' }).click();
  const template = readFileSync(await (await download).path(), 'utf8');
  expect(template).toBe('\ufeffDate;Heure;Site;Salle;Surveillant;Durée;Nom;Prénom;Date de naissance;Temps majoré\r\n');
  const choose = (name: string, buffer: Buffer) => page.locator('input[type=file]').setInputFiles({ name, mimeType: '', buffer });
  await choose('jour.csv', Buffer.from(`${template}15/06/2126;9h;${site};3;;;;;;\r\n`));
  await expect(page.getByText('1 session à créer, 0 candidat à inscrire, rien à corriger.')).toBeVisible();
  await choose('jour.csv', Buffer.from(listAt(site).replace('14:00', '25:00')));
  await expect(page.getByText('1 ligne à corriger')).toBeVisible();
  await create(page).press('Enter');
  await expect(page.getByRole('region', { name: 'Aperçu' })).toBeFocused();
  await choose('jour.xlsx', xlsx([HEADING, ...linesAt(site).slice(0, 2)].map((line) => line.split(';'))));
  await expect(page.getByText('1 session à créer, 2 candidats à inscrire, rien à corriger.')).toBeVisible();
  await page.getByLabel('Fuseau horaire').selectOption({ label: 'La Réunion' });
  await expect(found(page).first()).toContainText('La Réunion');
  await accessible(page);
  await create(page).click();
  await expect(page.getByText('1 session est créée, 2 candidats sont inscrits.')).toBeVisible();
  await page.getByRole('link', { name: site }).click();
  await expect(page.getByText('La Réunion')).toBeVisible();
});

test('why a list can’t be created is said', async ({ visit }) => {
  const site = 'Lycée Ada Lovelace';
  const page = await visit('phone', 'organiser');
  await open(page);
  await list(page).fill('Nom;Prénom;Né le\nBernard;Zoé;31/05/2012');
  await expect(page.getByText('Colonne introuvable : Date, Heure, Site, Salle.')).toBeVisible();
  const many = Array.from({ length: 301 }, (_, n) => `15/06/2126;9:00;${site};12;;;Nom${String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26))};Zoé;01/05/2012;`);
  await list(page).fill([HEADING, ...many].join('\n'));
  await expect(page.getByText('il y a plus de candidats que de places (300)')).toBeVisible();
  await expect(create(page)).toHaveAttribute('aria-disabled', 'true');
  await list(page).fill(listAt(site));
  await expect(page.getByText('rien à corriger')).toBeVisible();
  await page.route(IMPORT, (route) => (route.request().url().includes('dryRun') ? route.fallback() : refuse(route, 409, 'key_reused', 'Clé déjà utilisée')));
  await create(page).click();
  await expect(page.getByText('Des sessions de cette liste ont été modifiées ou supprimées entre-temps.')).toBeVisible();
});
