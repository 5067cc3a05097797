import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { accessible, enterRoom, expect, logIn, openSheet, row, rows, test, toDo } from './fixtures';
import { ORGANISER, pupils } from './vigie';

/** Presses Tab until this has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])].map(({ textContent }) => textContent) : [];
      return [element?.getAttribute('aria-label'), element?.textContent, ...labels].join(' ').trim();
    });
    if (typeof name === 'string' ? focused.includes(name) : name.test(focused)) return;
  }
  throw new Error(`the focus never comes to ${String(name)}`);
}

test('the room by keyboard alone: log in, enter, tick, end a test', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  await room.running(1);
  const page = await visit('desktop');
  await tabTo(page, 'Je surveille une session');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Adresse e-mail')).toBeVisible();
  await tabTo(page, 'Adresse e-mail');
  await page.keyboard.type(room.proctorAccount.email);
  await tabTo(page, 'Mot de passe');
  await page.keyboard.type(room.proctorAccount.password);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Numéro de la session')).toBeVisible();
  await tabTo(page, 'Numéro de la session');
  await page.keyboard.type(room.kit.number);
  await tabTo(page, 'Mot de passe de la session');
  await page.keyboard.type(room.kit.sessionPassword);
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(3);
  await tabTo(page, /^Bernard Zoé/);
  await page.keyboard.press('Space');
  await expect(row(page, 'Zoé').getByRole('checkbox')).toBeChecked();
  await expect(row(page, 'Zoé').getByRole('checkbox')).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.reload();
  await expect(rows(page)).toHaveCount(3);
  await tabTo(page, 'Fiche de Bernard Camille');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Bernard Camille' })).toBeVisible();
  await tabTo(page, 'Terminer le test');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Terminer le test de Bernard Camille ?' })).toBeVisible();
  await tabTo(page, 'Terminer le test de Bernard Camille');
  await page.keyboard.press('Enter');
  await expect(row(page, 'Camille')).toContainText('test arrêté');
});

test('a candidate comes to their test by keyboard alone', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const account = await vigie.account('Zoé', 'Bernard');
  const page = await visit('desktop');
  const fill = async (label: string, text: string) => {
    await expect(page.getByLabel(label, { exact: true })).toBeVisible();
    await tabTo(page, label);
    await page.keyboard.type(text);
  };
  await tabTo(page, 'Je passe le test');
  await page.keyboard.press('Enter');
  await fill('Adresse e-mail', account.email);
  await fill('Mot de passe', account.password);
  await page.keyboard.press('Enter');
  await fill('Numéro de la session', room.kit.number);
  await fill('Date de naissance', '1/5/2012');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Est-ce bien vous ?' })).toBeFocused();
  await tabTo(page, 'Oui, c’est moi');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Vous allez commencer votre test de certification' })).toBeVisible();
  await tabTo(page, 'Code d’accès communiqué');
  await page.keyboard.type(room.kit.accessCode);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Attendez votre surveillant' })).toBeFocused();
  await room.tick(0);
  await expect(page.getByRole('heading', { name: 'Votre test' })).toBeVisible();
  await tabTo(page, 'Quitter');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('an organiser creates a session by keyboard alone', async ({ visit }) => {
  const page = await visit('desktop', 'organiser/new');
  await expect(page.getByLabel('Adresse e-mail')).toBeVisible();
  await tabTo(page, 'Adresse e-mail');
  await page.keyboard.type(ORGANISER.email);
  await tabTo(page, 'Mot de passe');
  await page.keyboard.type(ORGANISER.password);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Site')).toBeVisible();
  await page.getByLabel('Date', { exact: true }).fill('2027-05-18');
  await page.getByLabel('Heure de début').fill('09:00');
  await tabTo(page, 'Site');
  await page.keyboard.type('Collège Jean Moulin');
  await tabTo(page, 'Salle');
  await page.keyboard.type('Salle 12');
  await tabTo(page, 'Créer la session');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: /^Session \d+$/ })).toBeVisible();
  await tabTo(page, 'Finaliser la session');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('what changes by itself is announced', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(3));
  const token = await room.running(1);
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await expect(row(page, 'Camille')).toContainText('En cours');
  await room.leave(1, token);
  await expect(page.getByRole('status').filter({ hasText: 'Bernard Camille : Interrompu' })).toBeAttached();
});

/** Everything stands within the width of the screen. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

for (const [name, width, text] of [
  ['320 px wide', 320, '100%'],
  ['with text twice as large', 640, '200%'],
] as const) {
  test(`${name}, nothing is lost or runs out of the screen`, async ({ vigie, visit }) => {
    const room = await vigie.room(pupils(6));
    const token = await room.running(1);
    await room.leave(1, token);
    const large = async (page: Page) => {
      await page.setViewportSize({ width, height: 640 });
      await page.evaluate((size) => { document.documentElement.style.setProperty('font-size', size); }, text);
      await fits(page);
      await accessible(page);
    };
    const proctor = await visit('phone');
    await large(proctor);
    await proctor.getByRole('link', { name: 'Je surveille une session' }).click();
    await proctor.getByRole('button', { name: 'Je m’inscris' }).click();
    await large(proctor);
    await proctor.getByRole('button', { name: 'Je me connecte' }).click();
    await enterRoom(proctor, room);
    await large(proctor);
    await expect(toDo(proctor).getByRole('button', { name: 'Autoriser la reprise de Bernard Camille' })).toBeVisible();
    await openSheet(proctor, 'Camille');
    await large(proctor);

    const organiser = await visit('phone', `organiser/sessions/${room.kit.number}`);
    await logIn(organiser, ORGANISER);
    await organiser.getByRole('heading', { name: 'Inscrire des candidats' }).click();
    await expect(organiser.getByText('Liste de candidats')).toBeVisible();
    await large(organiser);

    const candidate = await visit('phone', 'candidate');
    await logIn(candidate, await vigie.account('Zoé', 'Bernard'));
    await expect(candidate.getByLabel('Date de naissance')).toBeVisible();
    await large(candidate);
  });
}

test('dark, too, has contrast enough', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(6));
  const token = await room.running(1);
  await room.leave(1, token);
  await room.running(2);
  await room.tick(3);
  const page = await visit('desktop', 'proctor');
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page);
  await enterRoom(page, room);
  await accessible(page);
  await page.emulateMedia({ colorScheme: 'dark', contrast: 'more' });
  await accessible(page);
});

test('a candidate loads 60 KB at most to come to their test, as the planner reckons', async ({ vigie, visit }) => {
  const page = await visit('desktop', 'candidate');
  await logIn(page, await vigie.account('Zoé', 'Bernard'));
  await expect(page.getByLabel('Date de naissance')).toBeVisible();
  const sizes = await page.evaluate(() => {
    const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')] as PerformanceResourceTiming[];
    return loaded.filter(({ name }) => name.includes('/app/')).map(({ encodedBodySize }) => encodedBodySize);
  });
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThanOrEqual(60_000);
  const figures = readFileSync(new URL('../../docs/figures.toml', import.meta.url), 'utf8');
  const [, requests] = /^\[page\]\nrequests = (\d+)\nbytes = 60_000$/m.exec(figures) ?? [];
  // Once a test runs: the worker, and what it keeps that has no hash in its name, page and icon.
  expect(sizes.length + 3).toBe(Number(requests));
});

test('the addresses behind the QR codes of a kit fill in the number of the session, also after a reload', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const number = 'Numéro de la session';
  const proctor = await visit('phone', `proctor#${room.kit.number}`);
  await proctor.reload();
  await logIn(proctor, room.proctorAccount);
  await expect(proctor.getByLabel(number)).toHaveValue(room.kit.number);
  const candidate = await visit('phone', `candidate#${room.kit.number}`);
  await logIn(candidate, await vigie.account('Zoé', 'Bernard'));
  await expect(candidate.getByLabel(number)).toHaveValue(room.kit.number);
  await candidate.getByRole('button', { name: 'J’ai un laissez-passer' }).click();
  await expect(candidate.getByLabel(number)).toHaveValue(room.kit.number);
});
