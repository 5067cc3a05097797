import { readFileSync } from 'node:fs';
import type { Page, Request } from '@playwright/test';
import { accessibleEverywhere, drop, expect, logIn, readable, refuse, test } from './fixtures';
import { ORGANISER, pupils, type TestRoom, type Vigie } from './vigie';

const example = (name: string) => readFileSync(new URL(`../../docs/record/${name}`, import.meta.url));
const RECORD = example('example.json');
const JWKS = '**/.well-known/jwks.json';

const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/json', buffer });
const chooseRecord = (page: Page, buffer: Buffer, name = 'relevé.json') => page.locator('input[type=file]').first().setInputFiles(file(name, buffer));
const chooseKeys = (page: Page, buffer: Buffer) => page.locator('input[type=file]').nth(1).setInputFiles(file('jwks.json', buffer));
const finding = (page: Page) => page.getByRole('status').first();

/** The record of a session that was just finalised, as the API gives it. */
async function finalised(vigie: Vigie): Promise<{ room: TestRoom; record: Buffer }> {
  const room = await vigie.room(pupils(2));
  await room.running(0);
  await vigie.call('POST', `/sessions/${room.kit.number}/finalise`, room.organiser);
  const answer = await fetch(`${vigie.url}/sessions/${room.kit.number}/report`, { headers: { Authorization: `Bearer ${room.organiser}` } });
  return { room, record: Buffer.from(await answer.arrayBuffer()) };
}

test('anybody checks a record, without an account, and what they check stays with them', async ({ vigie, visit, secrets }) => {
  const { room, record } = await finalised(vigie);
  secrets.push('Bernard', 'Camille');
  const page = await visit('phone');
  await page.getByRole('link', { name: 'Vérifier un relevé' }).click();
  await expect(page).toHaveURL(/\/app\/verify$/);
  await expect(page).toHaveTitle('Vérifier un relevé · Vigie');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(page.getByText('Le fichier reste sur cet appareil : rien n’est envoyé.')).toBeVisible();
  await expect(page.getByText(`Clés de ce service : ${new URL(vigie.url).host}`)).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);

  // From here on there is no network.
  const sent: Request[] = [];
  page.on('request', (request) => sent.push(request));
  await page.context().setOffline(true);
  await chooseRecord(page, record);
  await expect(finding(page)).toContainText(`VÉRIFIÉ`, { ignoreCase: true });
  await expect(finding(page)).toContainText(`Ce relevé de la session ${room.kit.number} est, à l’octet près, celui que sa finalisation n° 1 a scellé (`);
  const facts = page.locator('dl');
  for (const fact of [room.kit.number, '(Europe/Paris)', 'Collège Jean Moulin, Salle 12', 'n° 1', `${new URL(vigie.url).host}, selon ses clés publiques`]) await expect(facts).toContainText(fact);
  await expect(finding(page)).toBeInViewport();
  await accessibleEverywhere(page);
  await readable(page);
  await page.getByRole('button', { name: 'English' }).click();
  await expect(finding(page)).toContainText(`This record of session ${room.kit.number} is, to the byte, as its finalisation no. 1 sealed it (`);
  await expect(page.getByText('The file stays on this device: nothing is sent.')).toBeVisible();
  await accessibleEverywhere(page);
  await page.getByRole('button', { name: 'Français' }).click();

  const changed = (from: string, to: string) => Buffer.from(record.toString().replace(from, to));
  for (const [what, buffer, verdict, why] of [
    ['a name', changed('Camille', 'Camilla'), 'Non vérifié', 'Le sceau ne correspond pas : le relevé a changé après la finalisation de sa session.'],
    ['its form', Buffer.from(JSON.stringify(JSON.parse(record.toString()), undefined, 2)), 'Non vérifié', 'Ce fichier n’est pas tel que Vigie l’a donné'],
    ['no seal', Buffer.from('{"format":"vigie-record/1"}'), 'Non vérifié', 'Ce relevé n’a pas de sceau'],
    ['another seal', changed('"seal":"', '"seal":"x'), 'Non vérifié', 'Le sceau n’est pas lisible'],
    ['of another service', RECORD, 'Non vérifié', 'Aucune des clés n’est celle que nomme le sceau.'],
    ['a table', Buffer.from('\ufeffDate;Heure'), 'Non vérifié', 'Ce fichier n’est pas un relevé, ou il a été modifié ou enregistré de sorte qu’on ne peut plus le lire.'],
  ] as const) {
    await chooseRecord(page, buffer, `${what}.json`);
    await expect(finding(page)).toContainText(`Fichier : ${what}.json`);
    await expect(finding(page)).toContainText(verdict);
    await expect(finding(page)).toContainText(why);
    await expect(facts).toHaveCount(0);
  }
  await accessibleEverywhere(page);
  await readable(page);
  expect(sent).toEqual([]);
});

test('a record of another service is checked by a file of its keys', async ({ visit }) => {
  const page = await visit('desktop', 'verify');
  // What is dropped beside does not open in the place of the page, and is not taken.
  expect(await drop(page.getByRole('heading', { level: 1 }), { 'example.json': RECORD })).toBe(true);
  await expect(finding(page)).toBeEmpty();
  expect(await drop(page.getByText('Vous pouvez aussi le déposer ici.'), { 'example.json': RECORD })).toBe(true);
  await expect(finding(page)).toContainText('Aucune des clés n’est celle que nomme le sceau.');
  await chooseKeys(page, example('jwks.json'));
  await expect(finding(page)).toContainText('Ce relevé de la session 9533127 est, à l’octet près, celui que sa finalisation n° 1 a scellé (2026-06-15T10:30:00.500Z, clé record-Z-5Qa8C-c_KHDWt4).');
  await expect(page.locator('dl')).toContainText('15/06/2026 - 12:30 (Europe/Paris)');
  await expect(page.locator('dl')).toContainText('le détenteur des clés du fichier jwks.json');
  await expect(page.getByText('Qui vous a donné ce fichier peut aussi avoir fait le relevé')).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);

  await chooseKeys(page, RECORD);
  await expect(finding(page)).toContainText('Illisible');
  await expect(finding(page)).toContainText('Les clés ne sont pas lisibles : ce n’est pas un JSON Web Key Set.');
  await page.getByRole('button', { name: 'Revenir aux clés de ce service' }).click();
  await expect(finding(page)).toContainText('Aucune des clés n’est celle que nomme le sceau.');

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Télécharger les clés de ce service' }).click();
  expect((await download).suggestedFilename()).toBe('jwks.json');

  // What can't be had says why, and leaves nothing of what was said before.
  const why = page.getByRole('alert');
  const zone = page.getByText('Vous pouvez aussi le déposer ici.');
  await drop(zone, { 'a.json': RECORD, 'b.json': RECORD });
  await expect(why.filter({ hasText: 'Un seul fichier à la fois' })).toBeVisible();
  await expect(finding(page)).toBeEmpty();
  await page.evaluate(() => { Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError')); });
  await chooseRecord(page, RECORD);
  await expect(why.filter({ hasText: 'Lecture impossible' })).toBeVisible();
  await page.evaluate(() => Object.defineProperty(Blob.prototype, 'size', { value: 50_000_001 }));
  await chooseRecord(page, RECORD);
  await expect(why.filter({ hasText: 'Fichier trop volumineux' })).toBeVisible();
  await accessibleEverywhere(page);
});

test('without the keys nothing is said of a record, until there are some', async ({ vigie, visit }) => {
  const { room, record } = await finalised(vigie);
  const page = await visit('phone');
  await page.route(JWKS, (route) => refuse(route, 503, 'not_understood', 'Indisponible'));
  await page.goto('/app/verify');
  const trouble = page.getByRole('alert').filter({ hasText: 'Les clés de ce service n’ont pas pu être lues.' });
  await expect(trouble).toBeVisible();
  await chooseRecord(page, record);
  await expect(finding(page)).toContainText('il manque les clés publiques');
  await accessibleEverywhere(page);
  await readable(page);
  await page.unroute(JWKS);
  await trouble.getByRole('button', { name: 'Réessayer' }).click();
  await expect(finding(page)).toContainText(`Ce relevé de la session ${room.kit.number} est, à l’octet près,`);
  await expect(trouble).toHaveCount(0);
});

test('a browser that can’t check a seal says nothing of the record', async ({ visit }) => {
  const page = await visit('phone');
  await page.addInitScript(() => {
    SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));
  });
  await page.goto('/app/verify');
  await chooseKeys(page, example('jwks.json'));
  await chooseRecord(page, RECORD);
  await expect(finding(page)).toContainText('Ce navigateur ne sait pas vérifier un sceau. Cela ne dit rien du relevé.');
  await accessibleEverywhere(page);
});

test('the organiser of a finalised session downloads its record, and a table', async ({ vigie, visit, secrets }) => {
  const { room, record } = await finalised(vigie);
  secrets.push('Bernard');
  const page = await visit('desktop', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  const card = page.getByRole('region', { name: /^Re(levé de la|cord of the) session$/ });
  await expect(card).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);
  const saved = async (button: string) => {
    const download = page.waitForEvent('download');
    await card.getByRole('button', { name: button }).click();
    const { name, path, url } = await download.then(async (download) => ({ name: download.suggestedFilename(), path: await download.path(), url: download.url() }));
    await expect(card.getByRole('status')).toHaveText(new RegExp(`: ${name}$`));
    expect(url).toMatch(/^blob:/);
    return [name, readFileSync(path)] as const;
  };
  expect(await saved('Télécharger le relevé (.json)')).toEqual([`vigie-${room.kit.number}.json`, record]);
  const [name, table] = await saved('Télécharger le tableau (.csv)');
  expect(name).toBe(`vigie-${room.kit.number}.csv`);
  expect(table.toString()).toMatch(/^\ufeff.*;.*\n/);
  expect(table.toString()).toContain('Inscription');
  const [printed, report] = await saved('Télécharger la version à imprimer (.pdf)');
  expect([printed, report.subarray(0, 5).toString()]).toEqual([`vigie-${room.kit.number}-report.pdf`, '%PDF-']);
  await page.getByRole('button', { name: 'English' }).click();
  const [, english] = await saved('Download the table (.csv)');
  expect(english.toString()).toContain('Enrolled');
  await page.getByRole('button', { name: 'Français' }).click();

  // A failure says so; the next try goes as ever.
  await page.route('**/report', (route) => refuse(route, 500, 'internal_error', 'Panne'));
  await card.getByRole('button', { name: 'Télécharger le relevé (.json)' }).click();
  await expect(card.getByRole('alert')).toContainText('Rien n’a été téléchargé.');
  await expect(card.getByRole('status')).toBeEmpty();
  await page.unroute('**/report');
  await saved('Télécharger le relevé (.json)');
  await expect(card.getByRole('alert')).toBeEmpty();
  await accessibleEverywhere(page);

  await card.getByRole('link', { name: 'Vérifier un relevé' }).click();
  await chooseRecord(page, record);
  await expect(finding(page)).toContainText(`Ce relevé de la session ${room.kit.number} est, à l’octet près,`);
});

test('an open session has no record to download yet', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', `organiser/sessions/${room.kit.number}`);
  await logIn(page, ORGANISER);
  await expect(page.getByRole('button', { name: 'Finaliser la session' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Relevé de la session' })).toHaveCount(0);
});
