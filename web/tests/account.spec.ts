import { accessible, accessibleEverywhere, expect, logIn, readable, refuse, test } from './fixtures';
import { ORGANISER } from './vigie';

const NEW_PASSWORD = 'Mot de passe (8 caractères minimum, dont une majuscule, une minuscule et un chiffre)';

test('signing up: the rules show as they are met, each error stands beside its field, then one is in', async ({ visit, secrets }) => {
  secrets.push('Deschamps', 'nadia.deschamps@example.org', 'Certification1');
  const page = await visit('phone', 'proctor');
  await accessible(page);
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await accessible(page);

  await expect(page.getByRole('heading', { name: 'Inscrivez-vous ou connectez-vous à votre compte' })).toBeVisible();
  await expect(page.getByText('Tous les champs sont obligatoires.')).toBeVisible();
  await page.getByLabel(NEW_PASSWORD).fill('abc1');
  await expect(page.getByText('8 caractères (pas encore respecté)')).toBeVisible();
  await expect(page.getByText('un chiffre (respecté)')).toBeVisible();
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await expect(page.getByText('Veuillez remplir ce champ.')).toHaveCount(3);
  await expect(page.getByText('ne respecte pas encore toutes les règles')).toBeVisible();
  await expect(page.getByText('Pour vous inscrire, acceptez')).toBeVisible();
  await expect(page.getByLabel('Prénom')).toBeFocused();
  await accessible(page);

  // What is mended is wrong no longer.
  await page.getByLabel('Prénom').fill('Nadia');
  await expect(page.getByText('Veuillez remplir ce champ.')).toHaveCount(2);
  await expect(page.getByLabel('Prénom')).not.toHaveAttribute('aria-invalid');
  await page.getByLabel('Nom', { exact: true }).fill('Deschamps');
  await page.getByLabel('Adresse e-mail (ex : nom@exemple.fr)').fill('nadia.deschamps');
  await page.getByLabel(NEW_PASSWORD).fill('Certification1');
  await page.getByRole('button', { name: 'Afficher le mot de passe' }).click();
  await expect(page.getByLabel(NEW_PASSWORD)).toHaveAttribute('type', 'text');
  await expect(page.getByRole('heading', { name: 'Politique de confidentialité' })).toBeVisible();
  await page.getByLabel('J’accepte les conditions d’utilisation et la politique de confidentialité de Vigie').check();
  await expect(page.getByText('Pour vous inscrire, acceptez')).toHaveCount(0);
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  const email = page.getByLabel('Adresse e-mail');
  await expect(email).toHaveAttribute('aria-invalid', 'true');
  await expect(email).toBeFocused();
  await email.fill('nadia.deschamps@example.org');
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await expect(page.getByLabel('Numéro de la session')).toBeVisible();
  await expect(page.getByText('nadia.deschamps@example.org')).toBeVisible();

  await page.reload();
  await expect(page.getByLabel('Numéro de la session')).toBeVisible();
  await page.getByRole('button', { name: 'Changer de compte' }).click();
  await page.goto('/app/proctor');
  await expect(page.getByLabel('Adresse e-mail')).toBeVisible();
});

test('a password that is wrong, and an address that is taken are explained', async ({ vigie, visit }) => {
  const somebody = await vigie.account('Ana', 'Lima');
  const page = await visit('desktop', 'organiser');
  await logIn(page, { ...somebody, password: 'Certification2' });
  await expect(page.getByRole('alert')).toContainText('mot de passe');
  await expect(page.getByRole('alert')).not.toContainText('Référence');
  await expect(page.getByLabel('Adresse e-mail')).toHaveValue(somebody.email);
  await accessible(page);
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('heading', { name: 'Log in', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Sign me up' }).click();
  await page.getByLabel('First name').fill('Ana');
  await page.getByLabel('Last name').fill('Lima');
  await expect(page.getByLabel('E-mail address')).toHaveValue(somebody.email);
  await page.getByLabel('Password (at least 8').fill('Certification1');
  await page.getByLabel('I accept').check();
  await page.getByRole('button', { name: 'Sign me up' }).click();
  await expect(page.getByRole('alert')).toContainText('e-mail');
  await expect(page.getByLabel('First name')).toHaveValue('Ana');
});

test('wrong passwords tried elsewhere keep nobody out of a browser that logged in before', async ({ vigie, visit }) => {
  const somebody = await vigie.account('Ana', 'Lima');
  const page = await visit('desktop', 'proctor');
  await logIn(page, somebody);
  await expect(page.getByLabel('Numéro de la session')).toBeVisible();
  await page.getByRole('button', { name: 'Changer de compte' }).click();
  for (let n = 0; n < 10; n++) await expect(vigie.logIn({ ...somebody, password: 'Certification2' })).rejects.toThrow('401');
  await expect(vigie.logIn(somebody)).rejects.toThrow('429');
  await page.goto('/app/proctor');
  await logIn(page, somebody);
  await expect(page.getByLabel('Numéro de la session')).toBeVisible();
});

test('a common password is refused beside its field, with the reason', async ({ visit }) => {
  const page = await visit('phone', 'proctor');
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await page.getByLabel('Prénom').fill('Nadia');
  await page.getByLabel('Nom', { exact: true }).fill('Deschamps');
  await page.getByLabel('Adresse e-mail').fill('nadia@example.org');
  const password = page.getByLabel(NEW_PASSWORD);
  await password.fill('Azerty-2012');
  await page.getByLabel('J’accepte les conditions').check();
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await expect(page.getByText('beaucoup de gens ont le même')).toBeVisible();
  await expect(password).toBeFocused();
  await accessible(page);
});

const PROBLEMS = [
  { name: 'down', answer: undefined, says: 'Le serveur ne répond pas' },
  { name: 'broken', answer: { status: 500, code: 'internal_error' }, says: 'Erreur interne' },
  { name: 'busy', answer: { status: 503, code: 'busy', after: '30' }, says: 'Réessayez dans 30 s.' },
  { name: 'patient', answer: { status: 429, code: 'too_many_attempts', after: '120' }, says: 'Réessayez dans 2 min.' },
  { name: 'behind a gateway that gave up', answer: { status: 502 }, says: 'momentanément indisponible' },
] as const;

for (const { name, answer, says } of PROBLEMS) {
  test(`a server that is ${name}: what happened, what to do, and nothing typed is lost`, async ({ visit }) => {
    const page = await visit('tablet', 'organiser');
    await page.route('**/login', async (route) => {
      if (!answer) return route.abort('connectionrefused');
      const { status } = answer;
      const after = 'after' in answer ? { 'Retry-After': answer.after } : {};
      if (!('code' in answer)) return route.fulfill({ status, headers: { 'apigw-requestid': '01JZ8K2M3N' }, body: 'bad gateway' });
      return refuse(route, status, answer.code, 'Erreur interne', after);
    });
    await logIn(page, ORGANISER);
    await expect(page.getByRole('alert')).toContainText(says);
    if (answer) await expect(page.getByText('01JZ8K2M3N')).toHaveCount(answer.status >= 500 ? 1 : 0);
    await expect(page.getByLabel('Mot de passe', { exact: true })).toHaveValue(ORGANISER.password);
    await accessible(page);
    await page.unroute('**/login');
    await page.getByRole('button', { name: 'Je me connecte' }).click();
    await expect(page.getByRole('button', { name: 'Changer de compte' })).toBeVisible();
  });
}

test('a server that is slow is waited for, once', async ({ visit }) => {
  const page = await visit('tablet', 'organiser');
  let asked = 0;
  await page.route('**/login', async (route) => {
    asked++;
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await route.continue();
  });
  await logIn(page, ORGANISER);
  const button = page.getByRole('button', { name: 'Je me connecte' });
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await page.getByLabel('Mot de passe', { exact: true }).press('Enter');
  await expect(page.getByRole('button', { name: 'Changer de compte' })).toBeVisible();
  expect(asked).toBe(1);
});

test('whoever goes elsewhere while a login is under way is not logged in by it', async ({ visit }) => {
  const page = await visit('tablet', 'organiser');
  await page.route('**/login', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await route.continue();
  });
  await logIn(page, ORGANISER);
  await page.getByRole('link', { name: 'Vigie, accueil' }).click();
  await page.waitForResponse('**/login');
  await page.goto('/app/organiser');
  await expect(page.getByLabel('Adresse e-mail')).toBeVisible();
});

test('a reload keeps who signs up, but for the password', async ({ visit }) => {
  const page = await visit('phone', 'candidate');
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await page.getByLabel('Prénom').fill('Maïa');
  await page.getByLabel('Adresse e-mail').fill('maia@example.org');
  await page.getByLabel(NEW_PASSWORD).fill('Certification1');
  await page.reload();
  await expect(page.getByLabel('Prénom')).toHaveValue('Maïa');
  await expect(page.getByLabel('Adresse e-mail')).toHaveValue('maia@example.org');
  await expect(page.getByLabel(NEW_PASSWORD)).toHaveValue('');
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('Certification1');
});

test('terms and policy are read in full while signing up, and nothing typed is lost', async ({ visit, secrets }) => {
  secrets.push('Deschamps', 'maia.deschamps@example.org', 'Certification1');
  const page = await visit('phone', 'proctor');
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await page.getByLabel('Prénom').fill('Maïa');
  await page.getByLabel('Nom', { exact: true }).fill('Deschamps');
  await page.getByLabel('Adresse e-mail').fill('maia.deschamps@example.org');
  await page.getByLabel(NEW_PASSWORD).fill('Certification1');

  const terms = page.getByRole('dialog', { name: 'Conditions d’utilisation' });
  await page.getByRole('button', { name: 'Conditions d’utilisation' }).click();
  await expect(terms.getByText('Version 2026-11 (novembre 2026)')).toBeVisible();
  await expect(terms.getByRole('heading', { level: 3 })).toHaveCount(10);
  await readable(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Conditions d’utilisation' })).toBeFocused();

  const policy = page.getByRole('dialog', { name: 'Politique de confidentialité' });
  await page.getByRole('button', { name: 'Politique de confidentialité' }).click();
  await expect(policy.getByText('Version 2026-11 (novembre 2026)')).toBeVisible();
  await expect(policy.getByRole('link', { name: 'donnees@example.org' }).first()).toHaveAttribute('href', 'mailto:donnees@example.org');
  await readable(page);
  await policy.getByRole('button', { name: 'Revenir à l’inscription' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await expect(page).toHaveTitle('Inscrivez-vous · Vigie');
  await expect(page.getByLabel('Prénom')).toHaveValue('Maïa');
  await expect(page.getByLabel(NEW_PASSWORD)).toHaveValue('Certification1');
  await expect(page.getByLabel('J’accepte')).not.toBeChecked();
  await page.getByLabel('J’accepte les conditions d’utilisation et la politique de confidentialité de Vigie').check();
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await expect(page.getByLabel('Numéro de la session')).toBeVisible();
});

test('without network neither document opens, and the form stays', async ({ visit }) => {
  const page = await visit('phone', 'candidate');
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await page.getByLabel(NEW_PASSWORD).fill('Certification1');
  await page.route('**/assets/apart-*', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', { name: 'Conditions d’utilisation' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('Le serveur ne répond pas');
  await page.getByRole('button', { name: 'Fermer' }).click();
  await expect(page.getByLabel(NEW_PASSWORD)).toHaveValue('Certification1');
});

test('anybody reads terms and policy, without an account and in either language', async ({ visit }) => {
  const page = await visit('phone');
  await page.getByRole('link', { name: 'Conditions d’utilisation' }).click();
  await expect(page).toHaveURL(/\/app\/terms$/);
  await expect(page).toHaveTitle('Conditions d’utilisation · Vigie');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(page.getByText('Version 2026-11 (novembre 2026)')).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);

  await page.getByRole('link', { name: 'Politique de confidentialité' }).click();
  await expect(page).toHaveURL(/\/app\/privacy$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Politique de confidentialité' })).toBeFocused();
  for (const said of ['1 heure', '7 jours', 'CNIL', 'article 6', 'handicap', 'Si vous êtes mineur']) await expect(page.getByText(said).first()).toBeVisible();
  await accessibleEverywhere(page);
  await readable(page);

  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Privacy policy' })).toBeVisible();
  await expect(page.getByText('Version 2026-11 (November 2026)')).toBeVisible();
  await expect(page.getByText('hint at a disability')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'If you are a minor' })).toBeVisible();
  await readable(page);
  await page.getByRole('link', { name: 'Terms of use' }).click();
  await expect(page.getByRole('heading', { name: 'If you proctor or organise a session' })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/\/app\/privacy$/);
  await page.getByRole('link', { name: 'Vigie, home' }).click();
  await expect(page.getByRole('link', { name: 'Privacy policy' })).toBeVisible();
});
