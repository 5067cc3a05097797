import type { Page } from '@playwright/test';
import type { components } from '../src/api/schema';
import { accessible, accessibleEverywhere, expect, logIn, readable, refuse, test } from './fixtures';
import { keptNowhere, link, watch } from './letters';
import { ORGANISER, type Credentials, type Vigie } from './vigie';

const CENTRE = 'Centre de démonstration';
const TOKEN = 'Zm9yLXNvbWVib2R5LWVsc2U';
const COLLEAGUES = ['collegue1@example.org', 'collegue2@example.org', 'collegue3@example.org'];
const PASSWORD = 'Certification1';

type Entered = components['schemas']['LoggedIn'];

/** An organiser of the same centre. */
async function colleague(vigie: Vigie, at: number, firstName: string, lastName: string): Promise<Credentials> {
  const credentials = { email: COLLEAGUES[at] ?? '', password: PASSWORD };
  await vigie.call('POST', '/accounts', undefined, { ...credentials, firstName, lastName, acceptTerms: true });
  return credentials;
}

function entered(vigie: Vigie, credentials: Credentials): Promise<Entered> {
  return vigie.call<Entered>('POST', '/login', undefined, credentials);
}

async function remove(vigie: Vigie, by: Credentials, who: Credentials): Promise<void> {
  const { account } = await entered(vigie, who);
  await vigie.call('DELETE', `/centre/members/${account.id}`, await vigie.logIn(by));
}

async function openCentre(page: Page, credentials: Credentials): Promise<void> {
  await logIn(page, credentials);
  await page.getByRole('link', { name: 'Mon centre' }).click();
  await expect(page.getByRole('heading', { name: 'Mon centre' })).toBeFocused();
  await expect(page.getByText(CENTRE, { exact: true })).toBeVisible();
}

const member = (page: Page, email: string) => page.getByRole('listitem').filter({ hasText: email });
const send = (page: Page) => page.getByRole('button', { name: 'Envoyer l’invitation' });

test.describe('a centre', () => {
  test.use({ server: { organisers: COLLEAGUES } });

  test('the only organiser is told why they can’t leave, and invites somebody', async ({ visit }) => {
    test.slow();
    const page = await visit('desktop', 'organiser');
    await openCentre(page, ORGANISER);
    await expect(page.getByRole('heading', { name: '1 organisateur' })).toBeVisible();
    await expect(page.getByText('Vous êtes le seul organisateur du centre.')).toBeVisible();
    await expect(page.getByRole('button', { name: /Retirer|Quitter le centre/ })).toHaveCount(0);
    await accessibleEverywhere(page);
    await readable(page);

    const email = page.getByLabel('Son adresse e-mail');
    await send(page).click();
    await expect(page.getByText('Veuillez remplir ce champ.')).toBeVisible();
    await expect(email).toBeFocused();

    // An answer that is lost: the same try again has the same key.
    const keys: (string | undefined)[] = [];
    let answer: 'lost' | 'sent' = 'lost';
    await page.route('**/centre/invitations', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      expect(route.request().postDataJSON()).toEqual({ email: 'ana.lima@example.org' });
      await (answer === 'lost' ? route.abort('connectionreset') : route.fulfill({ status: 202 }));
    });
    await email.fill(' ana.lima@example.org ');
    await send(page).click();
    await expect(page.getByRole('alert').filter({ hasText: 'Nous ne savons pas si l’invitation est partie.' })).toContainText('Le serveur ne répond pas');
    answer = 'sent';
    await send(page).click();
    await expect(page.getByRole('status').filter({ hasText: 'ana.lima@example.org' })).toContainText('valable 7\u00a0jours');
    await expect(email).toHaveValue('');
    await accessible(page);
    await email.fill('ana.lima@example.org');
    await send(page).click();
    await expect.poll(() => keys.length).toBe(3);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[1]);
    expect(keys.every(Boolean)).toBe(true);
    await page.unroute('**/centre/invitations');

    for (const [status, code, title, says] of [
      [503, 'mail_unavailable', 'Pas d’e-mail', 'Ce service n’envoie pas d’e-mails'],
      [409, 'centre_full', 'Centre complet', 'Centre complet'],
    ] as const) {
      await page.route('**/centre/invitations', (route) => refuse(route, status, code, title), { times: 1 });
      await email.fill('ana.lima@example.org');
      await send(page).click();
      await expect(page.getByRole('alert').filter({ hasText: says })).toBeVisible();
      await expect(page.getByText('Une invitation part')).toHaveCount(0);
      await expect(email).toHaveValue('ana.lima@example.org');
      await accessible(page);
    }
    await page.route('**/centre/invitations', (route) => refuse(route, 403, 'forbidden', 'Accès refusé'), { times: 1 });
    await send(page).click();
    await expect(page.getByRole('heading', { name: 'Vous ne faites plus partie de ce centre' })).toBeFocused();
    await accessible(page);
    await page.getByRole('button', { name: 'Continuer' }).click();
    await expect(page.getByRole('heading', { name: 'Mon centre' })).toBeFocused();
  });

  test('an organiser is removed once it was said what that means', async ({ vigie, visit }) => {
    test.slow();
    const ana = await colleague(vigie, 0, 'Ana', 'Lima');
    const page = await visit('phone', 'organiser');
    await openCentre(page, ORGANISER);
    await expect(member(page, ana.email)).toContainText('Lima Ana');
    await expect(member(page, ORGANISER.email)).toContainText('(vous)');
    await accessibleEverywhere(page);
    await readable(page);
    const opens = member(page, ana.email).getByRole('button', { name: 'Retirer Lima Ana' });
    await opens.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Retirer Lima Ana du centre ?' });
    await expect(dialog).toContainText('garde son compte');
    await expect(dialog).toContainText('au plus tard dans une heure');
    await accessibleEverywhere(page);
    await readable(page);
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(opens).toBeFocused();

    await opens.click();
    const keys: (string | undefined)[] = [];
    await page.route('**/centre/members/*', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      await route.fetch();
      return route.abort('connectionreset');
    });
    await dialog.getByRole('button', { name: 'Retirer Lima Ana' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'Lima Ana ne fait plus partie du centre.' })).toBeVisible();
    expect(new Set(keys).size).toBe(1);
    await expect(page.getByRole('heading', { name: '1 organisateur' })).toBeFocused();
    await expect(member(page, ana.email)).toHaveCount(0);
    expect((await entered(vigie, ana)).account.roles).toEqual([]);
    await accessible(page);
  });

  test('whoever leaves is told so first, and then has the page of somebody without the role; the last can’t', async ({ vigie, visit }) => {
    const zoe = await colleague(vigie, 1, 'Zoé', 'Bernard');
    const other = await visit('tablet', 'organiser');
    await openCentre(other, ORGANISER);
    await other.getByRole('button', { name: 'Quitter le centre' }).click();
    const leaves = other.getByRole('dialog', { name: 'Quitter le centre ?' });

    const page = await visit('phone', 'organiser');
    await openCentre(page, zoe);
    await page.getByRole('button', { name: 'Quitter le centre' }).click();
    const dialog = page.getByRole('dialog', { name: 'Quitter le centre ?' });
    await expect(dialog).toContainText('Vous gardez votre compte.');
    await accessible(page);
    await readable(page);
    await dialog.getByRole('button', { name: 'Quitter le centre' }).click();
    await expect(page.getByRole('heading', { name: 'Votre compte ne peut pas encore organiser de sessions' })).toBeFocused();
    await expect(page.getByText(`Vous avez quitté le centre « ${CENTRE} ».`)).toBeVisible();
    await accessible(page);
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Votre compte ne peut pas encore organiser de sessions' })).toBeVisible();

    // Who is the last since then.
    await leaves.getByRole('button', { name: 'Quitter le centre' }).click();
    await expect(leaves.getByRole('alert')).toContainText('Vous faites toujours partie du centre.');
    await expect(leaves.getByRole('alert')).toContainText(/invite/i);
    await accessible(other);
  });

  test('whoever was removed meanwhile is told so', async ({ vigie, visit }) => {
    const hugo = await colleague(vigie, 2, 'Hugo', 'Martin');
    const page = await visit('phone', 'organiser');
    await logIn(page, hugo);
    await expect(page.getByRole('heading', { name: `Sessions : ${CENTRE}` })).toBeVisible();
    await accessibleEverywhere(page);
    await readable(page);
    await remove(vigie, ORGANISER, hugo);
    await page.getByRole('link', { name: 'Mon centre' }).click();
    await expect(page.getByRole('heading', { name: 'Vous ne faites plus partie de ce centre' })).toBeFocused();
    await accessibleEverywhere(page);
    await readable(page);
    await page.getByRole('button', { name: 'Continuer' }).click();
    await expect(page.getByRole('heading', { name: 'Votre compte ne peut pas encore organiser de sessions' })).toBeFocused();
  });
});

test('a colleague without an account is invited, signs up from the letter, and sees the centre’s sessions', async ({ vigie, visit }) => {
  const invited = `lea.${String(Date.now())}@example.org`;
  const room = await vigie.room([]);
  const organiser = await visit('desktop', 'organiser');
  await openCentre(organiser, ORGANISER);
  await organiser.getByLabel('Son adresse e-mail').fill(invited);
  await send(organiser).click();
  await expect(organiser.getByRole('status').filter({ hasText: invited })).toBeVisible();

  const { url, token } = await link(vigie, invited, 'invitation');
  const page = await visit('phone', 'terms');
  watch(page, token);
  await page.goto(url);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await page.getByLabel('Prénom').fill('Léa');
  await page.getByLabel('Nom', { exact: true }).fill('Petit');
  await page.getByLabel('Adresse e-mail (ex : nom@exemple.fr)').fill(invited);
  await page.getByLabel('Mot de passe (8 caractères minimum').fill(PASSWORD);
  await page.getByLabel('J’accepte les conditions').check();
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await page.getByRole('button', { name: 'Accepter l’invitation' }).click();
  await expect(page.getByRole('heading', { name: `Sessions : ${CENTRE}` })).toBeFocused();
  await expect(page.getByText(`Session ${room.kit.number}`)).toBeVisible();
  await keptNowhere(page, token);

  await organiser.reload();
  await expect(member(organiser, invited)).toContainText('Petit Léa');
  await remove(vigie, ORGANISER, { email: invited, password: PASSWORD });
});

test('a mistyped address stays in sight until its invitation is withdrawn, and no row moves', async ({ vigie, visit }) => {
  const [wrong, right] = ['lea.petti', 'lea.petti2'].map((name) => `${name}.${String(Date.now())}@example.org`) as [string, string];
  const page = await visit('phone', 'organiser');
  await openCentre(page, ORGANISER);
  for (const address of [wrong, right]) {
    await page.getByLabel('Son adresse e-mail').fill(address);
    await send(page).click();
    await expect(page.getByRole('status').filter({ hasText: address })).toBeVisible();
  }
  await expect(page.getByRole('heading', { name: '2 invitations en attente' })).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);
  const { url } = await link(vigie, wrong, 'invitation');
  const opens = (address: string) => page.getByRole('button', { name: `Annuler l’invitation de ${address}` });
  const place = await opens(right).boundingBox();

  await page.route('**/centre/invitations', (route) => refuse(route, 503, 'busy', 'Trop de demandes'));
  await opens(wrong).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Nous ne savons pas si l’invitation' })).toContainText(wrong, { timeout: 30_000 });
  await page.unroute('**/centre/invitations');
  await opens(wrong).dblclick();
  await expect(member(page, wrong)).toContainText('Annulée');
  await expect(page.getByRole('heading', { name: '1 invitation en attente' })).toBeFocused();
  expect(await opens(right).boundingBox()).toEqual(place);
  await accessible(page);
  await page.reload();
  await expect(opens(right)).toBeVisible();
  await expect(page.getByText(wrong)).toHaveCount(0);
  await opens(right).click();
  await expect(member(page, right)).toContainText('Annulée');

  const stranger = await visit('phone', 'terms');
  await stranger.goto(url);
  await stranger.getByRole('button', { name: 'Continuer' }).click();
  await logIn(stranger, await vigie.account('Max', 'Faux'));
  await stranger.getByRole('button', { name: 'Accepter l’invitation' }).click();
  await expect(stranger.getByRole('heading', { name: 'Cette invitation n’est pas valable pour ce compte' })).toBeVisible();
});

test('an invitation is accepted once somebody has logged in and said so', async ({ vigie, visit }) => {
  test.slow();
  const ana = await vigie.account('Ana', 'Lima');
  const other = await vigie.account('Léo', 'Martin');
  const page = await visit('phone', 'terms');
  watch(page, TOKEN);
  const asked: { token: string; by: string | undefined }[] = [];
  const answers: ((entered: Entered) => { status: number; code: string } | Entered | 'lost')[] = [];
  let now = await entered(vigie, other);
  await page.route('**/centre/members', async (route) => {
    const headers = route.request().headers();
    asked.push({ ...(route.request().postDataJSON() as { token: string }), by: headers['authorization'] });
    const answer = answers.shift()?.(now) ?? 'lost';
    if (answer === 'lost') return route.abort('connectionreset');
    return 'code' in answer ? refuse(route, answer.status, answer.code, 'Refus') : route.fulfill({ json: answer });
  });
  await page.goto(`/app/account/invitation#${TOKEN}`);
  await expect(page.getByText('entrez avec l’adresse e-mail qui l’a reçue')).toBeVisible();
  await keptNowhere(page, TOKEN);
  await accessible(page);
  await readable(page);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await keptNowhere(page, TOKEN);

  // The wrong account first.
  await logIn(page, other);
  await expect(page.getByRole('heading', { name: 'Rejoignez un centre' })).toBeFocused();
  await expect(page).toHaveTitle('Rejoignez un centre · Vigie');
  await expect(page.getByText(`Vous accepterez avec le compte ${other.email}.`)).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);
  expect(asked).toEqual([]);
  const accept = page.getByRole('button', { name: 'Accepter l’invitation' });
  answers.push(() => ({ status: 401, code: 'invalid_link' }));
  await accept.click();
  await expect(page.getByRole('heading', { name: 'Cette invitation n’est pas valable pour ce compte' })).toBeFocused();
  await expect(page.getByText(`Vous utilisez le compte ${other.email}.`)).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);
  await page.getByRole('main').getByRole('button', { name: 'Changer de compte' }).click();

  // The right one: of another centre still, then an answer is lost.
  now = await entered(vigie, ana);
  await logIn(page, ana);
  answers.push(() => ({ status: 409, code: 'other_centre' }));
  await accept.click();
  await expect(page.getByRole('heading', { name: 'Ce compte fait partie d’un autre centre' })).toBeFocused();
  await accessible(page);
  await readable(page);
  await page.getByRole('main').getByRole('button', { name: 'Changer de compte' }).click();
  await logIn(page, ana);
  answers.push(() => 'lost', () => 'lost', () => 'lost');
  await accept.click();
  await expect(page.getByRole('alert').filter({ hasText: 'Nous ne savons pas si l’invitation est acceptée.' })).toBeVisible();
  await keptNowhere(page, TOKEN);
  answers.push(({ account, ...login }) => ({ ...login, account: { ...account, roles: ['organiser'], centre: { id: '1', name: 'Collège Jean Moulin' } } }));
  // The role is the test's own invention.
  await page.route('**/sessions', (route) => route.fulfill({ json: { sessions: [] } }));
  await accept.click();
  await expect(page.getByRole('heading', { name: 'Sessions : Collège Jean Moulin' })).toBeFocused();
  await expect(page.getByText('Vous êtes organisateur du centre « Collège Jean Moulin ».')).toBeVisible();
  await accessible(page);
  expect(asked.every(({ token }) => token === TOKEN)).toBe(true);
  await keptNowhere(page, TOKEN);
  await page.goBack();
  await expect(accept).toHaveCount(0);
});

test('an invitation is lost by a reload, which says what to do', async ({ vigie, visit }) => {
  const page = await visit('phone', 'terms');
  await page.goto(`/app/account/invitation#${TOKEN}`);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await logIn(page, await vigie.account('Ana', 'Lima'));
  await expect(page.getByRole('heading', { name: 'Rejoignez un centre' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Ouvrez le lien de votre e-mail' })).toBeFocused();
  await accessible(page);

  // Nobody has to log in to learn that.
  const nobody = await visit('phone', 'account/invitation');
  await expect(nobody.getByRole('heading', { name: 'Ouvrez le lien de votre e-mail' })).toBeFocused();
});
