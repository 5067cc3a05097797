import type { Page } from '@playwright/test';
import { accessible, accessibleEverywhere, begin, code, engine, enterRoom, expect, identify, join, logIn, readable, refuse, test } from './fixtures';
import { keptNowhere, link, watch } from './letters';
import { ORGANISER, pupils, type Credentials } from './vigie';

const HOUR = 3_600_000;
const NEW = 'Correction-2-copies';

async function ownAccount(page: Page, credentials: Credentials): Promise<void> {
  await page.goto('/app/account');
  await logIn(page, credentials);
  await expect(page.getByRole('heading', { name: 'Mon compte', exact: true })).toBeFocused();
  await expect(page.getByRole('heading', { name: 'Mes tests' })).toBeVisible();
}

test('a forgotten password: a link is asked for, opened, used, and one is in', async ({ vigie, visit, secrets }) => {
  test.slow();
  const somebody = await vigie.account('Ana', 'Lima');
  secrets.push(somebody.email, NEW);
  const page = await visit('phone', 'proctor');
  await page.getByLabel('Adresse e-mail').fill(somebody.email);
  await page.getByRole('link', { name: 'Mot de passe oublié ?' }).click();
  await expect(page).toHaveURL(/\/app\/account\/forgotten$/);
  await expect(page.getByRole('heading', { name: 'Mot de passe oublié ?' })).toBeFocused();
  await expect(page).toHaveTitle('Mot de passe oublié ? · Vigie');
  const email = page.getByLabel('Adresse e-mail');
  await expect(email).toHaveValue(somebody.email);
  await expect(page.getByText('laissez-passer')).toHaveCount(0);
  await page.reload();
  await expect(email).toHaveValue(somebody.email);
  await accessibleEverywhere(page);
  await readable(page);

  // A bad one, none, then a network that is dead.
  await email.fill('');
  await page.getByRole('button', { name: 'Recevoir un lien' }).click();
  await expect(page.getByText('Veuillez remplir ce champ.')).toBeVisible();
  await expect(email).toBeFocused();
  await email.fill('personne');
  await page.getByRole('button', { name: 'Recevoir un lien' }).click();
  await expect(email).toHaveAttribute('aria-invalid', 'true');
  await email.fill(somebody.email);
  await page.route('**/password-resets', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', { name: 'Recevoir un lien' }).click();
  await expect(page.getByRole('alert')).toContainText('Le serveur ne répond pas');
  await expect(email).toHaveValue(somebody.email);
  await page.unroute('**/password-resets');
  let asked = 0;
  await page.route('**/password-resets', async (route) => {
    asked++;
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await page.getByRole('button', { name: 'Recevoir un lien' }).dblclick();
  await expect(page.getByRole('heading', { name: 'Consultez votre messagerie' })).toBeFocused();
  expect(asked).toBe(1);
  await expect(page.getByText(`Si un compte existe avec l’adresse ${somebody.email}`)).toBeVisible();
  for (const said of ['valable une heure', 'courriers indésirables', '10\u00a0minutes']) await expect(page.getByText(said)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Lire les e-mails de cette machine' })).toHaveAttribute('href', '/mails');
  await accessibleEverywhere(page);
  await readable(page);
  await page.getByRole('button', { name: 'Corriger l’adresse' }).click();
  await expect(email).toHaveValue(somebody.email);
  await page.getByRole('link', { name: 'Retour à la connexion' }).click();
  await expect(page).toHaveURL(/\/app\/proctor$/);
  await expect(page.getByLabel('Adresse e-mail')).toHaveValue(somebody.email);

  const { url, token } = await link(vigie, somebody.email, 'new-password');
  const opened = await visit('phone', 'terms');
  watch(opened, token);
  await opened.goto(url);
  await expect(opened.getByRole('heading', { name: 'Choisissez un nouveau mot de passe' })).toBeFocused();
  await keptNowhere(opened, token);
  const password = opened.getByLabel('Nouveau mot de passe');
  await expect(password).toHaveAttribute('autocomplete', 'new-password');
  await password.fill('abc1');
  await expect(opened.getByText('un chiffre (respecté)')).toBeVisible();
  await opened.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(opened.getByText('ne respecte pas encore toutes les règles')).toBeVisible();
  await password.fill('Azerty-2012');
  await opened.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(opened.getByText('beaucoup de gens ont le même')).toBeVisible();
  await accessibleEverywhere(opened);
  await readable(opened);
  await password.fill(NEW);
  await opened.route('**/password', (route) => route.abort('connectionrefused'));
  await opened.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(opened.getByRole('alert')).toContainText('Le serveur ne répond pas');
  await expect(password).toHaveValue(NEW);
  await opened.unroute('**/password');
  await opened.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(opened.getByText('Votre nouveau mot de passe est enregistré')).toBeVisible();
  await accessible(opened);
  await keptNowhere(opened, token);
  await logIn(opened, { ...somebody, password: NEW });
  await expect(opened.getByRole('heading', { name: 'Mon compte', exact: true })).toBeVisible();
  // Whoever reads the mail of an address has proved it.
  await expect(opened.getByText('Adresse confirmée')).toBeVisible();
  await opened.goBack();
  await expect(opened).not.toHaveURL(/new-password/);
  await expect(vigie.logIn(somebody)).rejects.toThrow('401');

  // It works once.
  await opened.goto(url);
  await opened.getByLabel('Nouveau mot de passe').fill('Correction-3-copies');
  await opened.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(opened.getByRole('heading', { name: 'Ce lien n’est plus valable' })).toBeFocused();
  await accessibleEverywhere(opened);
  await readable(opened);
  await opened.getByRole('button', { name: 'English' }).click();
  await expect(opened.getByRole('heading', { name: 'This link is no longer good' })).toBeVisible();
  await opened.getByRole('link', { name: 'Send me another link' }).click();
  await expect(opened.getByRole('heading', { name: 'Forgotten your password?' })).toBeFocused();
  await expect(opened.getByLabel('E-mail address')).toHaveValue(somebody.email);
});

test('a candidate who has forgotten their password reads first that a pass does', async ({ visit }) => {
  const page = await visit('phone', 'candidate');
  await page.getByRole('link', { name: 'Mot de passe oublié ?' }).click();
  await expect(page.getByText('Demandez un laissez-passer à votre surveillant')).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);
  await page.getByRole('link', { name: 'J’ai un laissez-passer' }).click();
  await expect(page).toHaveURL(/\/app\/candidate\/pass$/);
});

test('where no letters are sent, it is said whom to ask', async ({ visit }) => {
  const none = (page: Page) => page.route('**/password-resets', (route) => refuse(route, 503, 'mail_unavailable', 'Pas d’e-mail ici'));
  const page = await visit('phone', 'organiser');
  await none(page);
  await page.getByRole('link', { name: 'Mot de passe oublié ?' }).click();
  await page.getByLabel('Adresse e-mail').fill(ORGANISER.email);
  await page.getByRole('button', { name: 'Recevoir un lien' }).click();
  await expect(page.getByRole('alert')).toContainText('Adressez-vous à l’organisateur');
  await expect(page.getByRole('alert').getByRole('link')).toHaveAttribute('href', 'mailto:donnees@example.org');
  await accessibleEverywhere(page);
  await readable(page);
  const candidate = await visit('phone', 'candidate');
  await none(candidate);
  await candidate.getByRole('link', { name: 'Mot de passe oublié ?' }).click();
  await candidate.getByLabel('Adresse e-mail').fill('zoe@example.org');
  await candidate.getByRole('button', { name: 'Recevoir un lien' }).click();
  await expect(candidate.getByRole('alert')).toContainText('laissez-passer');
});

test('an address is proved by a press, not by opening the link, and once', async ({ vigie, visit }) => {
  const somebody = await vigie.account('Ana', 'Lima');
  const { url, token } = await link(vigie, somebody.email, 'proof');
  const page = await visit('phone', 'terms');
  watch(page, token);
  let asked = 0;
  page.on('request', (request) => (asked += Number(request.url().endsWith('/email-proofs'))));
  await page.goto(url);
  await expect(page.getByRole('heading', { name: 'Confirmez votre adresse e-mail' })).toBeFocused();
  await keptNowhere(page, token);
  await accessibleEverywhere(page);
  await readable(page);
  expect(asked).toBe(0);
  await page.route('**/email-proofs', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', { name: 'Confirmer mon adresse' }).click();
  await expect(page.getByRole('alert')).toContainText('Le serveur ne répond pas');
  await page.unroute('**/email-proofs');
  await page.getByRole('button', { name: 'Confirmer mon adresse' }).click();
  await expect(page.getByRole('heading', { name: 'Votre adresse est confirmée' })).toBeFocused();
  await accessible(page);

  // Where the page stands already, a link is read, too; and what is left of one after a reload is nothing.
  await page.goto(url);
  await expect(page.getByRole('heading', { name: 'Votre adresse est confirmée' })).toBeVisible();
  await keptNowhere(page, token);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Ouvrez le lien de votre e-mail' })).toBeFocused();
  await accessible(page);
  await page.goto(url);
  await page.getByRole('button', { name: 'Confirmer mon adresse' }).click();
  await expect(page.getByRole('heading', { name: 'Ce lien n’est plus valable' })).toBeFocused();
  await accessibleEverywhere(page);
  await readable(page);
  await page.getByRole('link', { name: 'Ouvrir « Mon compte »' }).click();
  await logIn(page, somebody);
  await expect(page.getByText('Adresse confirmée')).toBeVisible();
});

test('one’s own account: all that is held, names corrected, an address to prove', async ({ vigie, visit, secrets }) => {
  test.slow();
  const room = await vigie.room(pupils(2));
  const somebody = await vigie.account('Zoë', 'Bernart');
  const token = await vigie.logIn(somebody);
  await vigie.call('POST', `/sessions/${room.kit.number}/join`, token, { firstName: 'Zoé', lastName: 'Bernard', birthdate: '2012-05-01' });
  secrets.push(somebody.email, 'Bernart');
  const page = await visit('phone', 'proctor');
  await logIn(page, somebody);
  await page.route('**/account', (route) => (route.request().resourceType() === 'document' ? route.continue() : route.abort('connectionrefused')));
  await page.getByRole('link', { name: 'Mon compte' }).click();
  await expect(page).toHaveURL(/\/app\/account$/);
  await expect(page).toHaveTitle('Mon compte · Vigie');
  await expect(page.getByRole('heading', { name: 'Mon compte', exact: true })).toBeFocused();
  await expect(page.getByRole('alert')).toContainText('Le serveur ne répond pas');
  await page.unroute('**/account');
  await page.getByRole('button', { name: 'Réessayer' }).click();
  for (const said of ['Bernart', `Session ${room.kit.number}`, 'Collège Jean Moulin, Salle 12', /Version \d{4}-\d\d, le/, 'Adresse pas encore confirmée']) await expect(page.getByText(said).first()).toBeVisible();
  await expect(page.getByRole('listitem')).toContainText('Inscrit');
  await accessibleEverywhere(page);
  await readable(page);

  await page.getByRole('button', { name: 'Modifier mon nom' }).click();
  const lastName = page.getByLabel('Nom', { exact: true });
  await expect(page.getByLabel('Prénom')).toBeFocused();
  await page.getByLabel('Prénom').fill('Zoé');
  await lastName.fill('!');
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(lastName).toHaveAttribute('aria-invalid', 'true');
  await expect(lastName).toBeFocused();
  await accessible(page);
  await lastName.fill('Bernard');
  await page.route('**/account', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Le serveur ne répond pas' })).toBeVisible();
  await expect(lastName).toHaveValue('Bernard');
  await page.unroute('**/account');
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByText('Votre nom est enregistré')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Modifier mon nom' })).toBeFocused();
  await page.reload();
  await expect(page.getByText('Bernard')).toBeVisible();

  await page.getByRole('button', { name: 'Confirmer mon adresse' }).click();
  await expect(page.getByText(`est envoyé à ${somebody.email}`)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Lire les e-mails de cette machine' })).toBeVisible();
  await accessible(page);
  const { url } = await link(vigie, somebody.email, 'proof');
  await page.goto(url);
  await page.getByRole('button', { name: 'Confirmer mon adresse' }).click();
  await page.getByRole('link', { name: 'Mon compte' }).click();
  await expect(page.getByText('Adresse confirmée')).toBeVisible();

  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('heading', { name: 'My account', exact: true })).toBeVisible();
  await expect(page.getByText('Address confirmed')).toBeVisible();
  await page.getByRole('button', { name: 'Français' }).click();
  // The new name is the one that the procedure asks about.
  await page.goto('/app/candidate');
  await expect(page.getByLabel('Nom de naissance')).toHaveValue('Bernard');
});

test('a password is changed: the one there is must be right, and this login goes on', async ({ vigie, visit, secrets }) => {
  const somebody = await vigie.account('Ana', 'Lima');
  secrets.push(NEW, somebody.password);
  const page = await visit('phone', 'account/password');
  await logIn(page, somebody);
  await expect(page.getByRole('heading', { name: 'Changer mon mot de passe' })).toBeFocused();
  await expect(page.locator('input[autocomplete="username"]')).toHaveValue(somebody.email);
  const current = page.getByLabel('Mot de passe actuel');
  const next = page.getByLabel('Nouveau mot de passe');
  await expect(current).toHaveAttribute('autocomplete', 'current-password');
  await expect(next).toHaveAttribute('autocomplete', 'new-password');
  await accessibleEverywhere(page);
  await readable(page);
  await current.fill('Certification2');
  await next.fill(NEW);
  const save = page.getByRole('button', { name: 'Enregistrer' });
  await save.click();
  await expect(page.getByText('Ce n’est pas le mot de passe actuel')).toBeVisible();
  await expect(current).toBeFocused();
  await expect(next).toHaveValue(NEW);
  await accessible(page);

  await current.fill(somebody.password);
  await page.route('**/account/password', (route) => refuse(route, 429, 'too_many_attempts', 'Trop d’essais', { 'Retry-After': '120' }));
  await save.click();
  await expect(page.getByRole('alert')).toContainText('Réessayez dans 2 min.');
  await page.unroute('**/account/password');

  // Done, but its answer is lost.
  let lost = true;
  await page.route('**/account/password', async (route) => {
    if (!lost) return route.continue();
    lost = false;
    await route.fetch();
    return route.abort('connectionreset');
  });
  await save.click();
  await expect(page.getByRole('alert')).toContainText('Le serveur ne répond pas');
  await save.click();
  await expect(page.getByText('L’essai précédent a peut-être abouti')).toBeVisible();
  await current.fill(NEW);
  await next.fill('Correction-3-copies');
  await save.click();
  await expect(page.getByText('Votre mot de passe est changé')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Mon compte', exact: true })).toBeFocused();
  await expect(page.getByRole('heading', { name: 'Mes tests' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await vigie.logIn({ ...somebody, password: 'Correction-3-copies' });
  const login = JSON.parse((await page.evaluate(() => sessionStorage.getItem('vigie.account'))) ?? '') as { token: string };
  await vigie.call('POST', '/token', login.token);
});

test('an account is deleted: with its password, not while its session is on, and then nothing is left of it here', async ({ vigie, visit, secrets }) => {
  test.slow();
  const room = await vigie.room(pupils(1));
  const page = await visit('phone', 'candidate');
  const somebody = await join(page, vigie, room);
  secrets.push(somebody.password);
  await page.goto('/app/account');
  const ask = page.getByRole('button', { name: 'Supprimer mon compte…' });
  await ask.click();
  const dialog = page.getByRole('dialog', { name: 'Supprimer votre compte ?' });
  await expect(dialog).toContainText('Le dossier des sessions passées reste');
  await accessibleEverywhere(page);
  await readable(page);
  await page.keyboard.press('Escape');
  await expect(ask).toBeFocused();
  await ask.click();
  const erase = dialog.getByRole('button', { name: 'Supprimer pour toujours' });
  await erase.click();
  await expect(dialog.getByText('Veuillez remplir ce champ.')).toBeVisible();
  const password = dialog.getByLabel('Mot de passe', { exact: true });
  await password.fill('Certification2');
  await erase.click();
  await expect(dialog.getByText('Ce n’est pas le mot de passe actuel')).toBeVisible();
  await expect(password).toBeFocused();
  await password.fill(somebody.password);
  await erase.click();
  await expect(dialog.getByRole('alert')).toContainText('Votre compte n’est pas supprimé.');
  await accessible(page);

  await vigie.call('POST', `/sessions/${room.kit.number}/finalise`, room.organiser);
  let isFirst = true;
  const keys = new Set<string | undefined>();
  await page.route('**/account', async (route) => {
    keys.add(route.request().headers()['idempotency-key']);
    if (!isFirst) return route.continue();
    isFirst = false;
    await route.fetch();
    return route.abort('connectionreset');
  });
  await erase.click();
  await expect(page.getByText('Votre compte est supprimé.')).toBeVisible();
  expect(keys.size).toBe(1);
  await expect(page).toHaveURL(/\/app\/$/);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await accessibleEverywhere(page);
  expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
  await expect(vigie.logIn(somebody)).rejects.toThrow('401');
  await page.getByRole('link', { name: 'Je passe le test' }).click();
  await expect(page.getByLabel('Adresse e-mail')).toHaveValue('');
});

test('nothing leads out of a test, or of the way into it, to the account', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  await room.tick(0);
  const page = await visit('desktop', 'candidate');
  const link = page.getByRole('link', { name: /^Mon compte/ });
  const account = await identify(page, vigie, room);
  await expect(link).toHaveCount(1);
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await code(page).fill(room.kit.accessCode);
  await expect(page.getByText(account.email)).toBeVisible();
  await expect(link).toHaveCount(0);
  await begin(page).click();
  await expect(engine(page)).toBeVisible();
  await expect(link).toHaveCount(0);
  // Whoever types its address finds the test again.
  await page.goto('/app/account');
  await expect(page.getByRole('heading', { name: 'Mes tests' })).toBeVisible();
  await page.goto('/app/candidate');
  await expect(engine(page)).toBeVisible();
  await vigie.call('POST', room.path(0, 'end'), room.proctor);
  await expect(link).toHaveCount(1);
});

test('from the room one looks at the account, and comes back', async ({ vigie, visit }) => {
  const room = await vigie.room(pupils(1));
  const page = await visit('tablet', 'proctor');
  await enterRoom(page, room);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Mon compte' }).click();
  await expect(page.getByRole('heading', { name: 'Mon compte', exact: true })).toBeFocused();
  await page.getByRole('link', { name: `Session ${room.kit.number}` }).click();
  await expect(page.getByRole('heading', { name: `Session ${room.kit.number}` })).toBeVisible();
});

test('an organiser reads what they may do, and for which centre', async ({ visit }) => {
  const page = await visit('desktop');
  await ownAccount(page, ORGANISER);
  await expect(page.getByText('Organisateur', { exact: true })).toBeVisible();
  await expect(page.getByText('Centre de démonstration')).toBeVisible();
  await accessibleEverywhere(page);
});

test('by keyboard alone, from the login to a new name', async ({ vigie, visit }) => {
  const somebody = await vigie.account('Ana', 'Lima');
  const page = await visit('desktop');
  await ownAccount(page, somebody);
  const button = page.getByRole('button', { name: 'Modifier mon nom' });
  for (let presses = 0; presses < 20 && !(await button.evaluate((element) => element === document.activeElement)); presses++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Prénom')).toBeFocused();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('Anna');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Anna')).toBeVisible();
  await expect(button).toBeFocused();
});

test('a page that is open for two hours, or slept, still lists sessions without asking for anything', async ({ vigie, visit }) => {
  await vigie.room(pupils(1));
  const page = await visit('desktop');
  await page.clock.install();
  await page.goto('/app/organiser');
  const used: (string | undefined)[] = [];
  let renewals = 0;
  /** What each token may do ends after an hour of the page's clock. */
  const began: Partial<Record<string, number>> = {};
  await page.route(/\/(sessions|account)(\?.*)?$/, async (route) => {
    const token = route.request().headers()['authorization'] ?? '';
    if (route.request().resourceType() === 'document') return route.continue();
    used.push(token);
    const now = await page.evaluate(() => Date.now());
    if (now - (began[token] ??= now) >= HOUR) return refuse(route, 401, 'unauthenticated', 'Connexion nécessaire');
    return route.continue();
  });
  page.on('request', (request) => (renewals += Number(request.url().endsWith('/token'))));
  const dialogs = page.getByRole('dialog');
  const list = page.getByRole('heading', { name: 'En cours et à venir' });
  await logIn(page, ORGANISER);
  await expect(list).toBeVisible();
  expect(renewals).toBe(0);
  for (const [number, sleep] of [1, 2].entries()) {
    await page.clock.fastForward(sleep * HOUR);
    // The server's own clock has gone on a second: two tokens of the same second are the same.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await page.getByRole('link', { name: 'Mon compte' }).click();
    await expect(page.getByRole('heading', { name: 'Mes tests' })).toBeVisible();
    await page.goBack();
    await expect(list).toBeVisible();
    await expect(dialogs).toHaveCount(0);
    expect(renewals).toBe(number + 1);
  }
  expect(new Set(used).size).toBe(3);

  // Refused, the password is asked for, as it was before there were renewals; without an answer, too, once the token has ended.
  await page.route('**/token', (route) => refuse(route, 401, 'unauthenticated', 'Connexion nécessaire'));
  await page.clock.fastForward(HOUR);
  await page.getByRole('link', { name: 'Mon compte' }).click();
  await expect(page.getByRole('dialog', { name: 'Veuillez vous reconnecter' })).toBeVisible();
  await page.getByRole('dialog').getByLabel('Mot de passe', { exact: true }).fill(ORGANISER.password);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByRole('heading', { name: 'Mes tests' })).toBeVisible();
  await page.unroute('**/token');
  await page.route('**/token', (route) => route.abort('connectionrefused'));
  await page.clock.fastForward(HOUR - 60_000);
  await page.goBack();
  await expect(list).toBeVisible();
  await expect(dialogs).toHaveCount(0);
});
