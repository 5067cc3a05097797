import { accessibleEverywhere, enterRoom, expect, logIn, openSheet, row, rows, test, toDo } from './fixtures';
import { ORGANISER, pupils } from './vigie';

test('the room in every state, at three sizes, light, dark and in forced colours', async ({ vigie, visit }) => {
  test.setTimeout(240_000);
  const room = await vigie.room(pupils(12));
  const [silent, calling, held] = [await room.running(1), await room.running(2), await room.running(3)];
  await room.leave(1, silent);
  await vigie.call('POST', room.path(2, 'help'), calling);
  await room.leave(3, held);
  await room.start(3, held);
  await room.tick(4);
  await room.start(5, await room.join(5));
  await room.running(7);
  await vigie.call('POST', room.path(7, 'end'), room.proctor);
  const page = await visit('desktop', 'proctor');
  await enterRoom(page, room);
  await expect(toDo(page)).toContainText('À traiter 4');
  await accessibleEverywhere(page);

  await row(page, 'Bernard Zoé').getByRole('checkbox').click();
  await expect(page.getByText('présence confirmée.')).toBeVisible();
  await accessibleEverywhere(page);

  for (const name of ['Bernard Camille', 'Bernard Léo', 'Bernard Jade']) {
    await openSheet(page, name);
    await accessibleEverywhere(page);
    await page.keyboard.press('Escape');
  }
  const sheet = await openSheet(page, 'Bernard Camille');
  await sheet.getByRole('button', { name: 'Donner un laissez-passer' }).click();
  await sheet.getByRole('button', { name: 'Créer le laissez-passer' }).click();
  await expect(sheet).toContainText('Encore 10 min');
  await accessibleEverywhere(page);
  await sheet.getByRole('button', { name: 'Retour' }).click();
  for (const view of ['Historique', 'Ajouter des minutes', 'Signaler un incident', 'Terminer le test']) {
    await sheet.getByRole('button', { name: view }).click();
    await expect(sheet.getByRole('button', { name: view })).toHaveCount(view === 'Terminer le test' ? 1 : 0);
    await accessibleEverywhere(page);
    await page.keyboard.press('Escape');
  }
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Menu' }).click();
  await accessibleEverywhere(page);
  await page.keyboard.press('Escape');
  for (const view of ['Projeter le code d’accès', 'Feuille d’émargement', 'Kit surveillant', 'Incidents', 'Plusieurs candidats à la fois', 'Ajouter des minutes']) {
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('button', { name: view }).click();
    await expect(page.getByRole('dialog', { name: 'Menu' })).toHaveCount(0);
    await accessibleEverywhere(page);
    await page.keyboard.press('Escape');
  }

  await page.context().setOffline(true);
  await row(page, 'Bernard Gaël').getByRole('checkbox').click();
  await expect(page.getByText('1 présence attend le réseau')).toBeVisible();
  await accessibleEverywhere(page);
  await page.context().setOffline(false);
  await expect(row(page, 'Bernard Gaël').getByRole('checkbox')).toBeChecked();

  await vigie.call('POST', `/sessions/${room.kit.number}/finalise`, room.organiser);
  await expect(page.getByText('Cette session est finalisée')).toBeVisible({ timeout: 40_000 });
  await expect(rows(page)).toHaveCount(12);
  await accessibleEverywhere(page);
});

test('a candidate’s way in every state, at three sizes, light, dark and in forced colours', async ({ vigie, visit }) => {
  test.setTimeout(240_000);
  const room = await vigie.room(pupils(2));
  const page = await visit('desktop');
  await accessibleEverywhere(page);
  await page.getByRole('link', { name: 'Je passe le test' }).click();
  await expect(page.getByLabel('Adresse e-mail')).toBeVisible();
  await accessibleEverywhere(page);
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await page.getByRole('button', { name: 'Je m’inscris' }).click();
  await accessibleEverywhere(page);
  await page.goto('/app/candidate/pass');
  await page.getByRole('button', { name: 'Entrer', exact: true }).click();
  await accessibleEverywhere(page);

  await page.goto('/app/candidate');
  await page.getByRole('button', { name: 'Je me connecte' }).click();
  await logIn(page, await vigie.account('Zoé', 'Bernard'));
  await page.getByLabel('Numéro de la session').fill(room.kit.number);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await accessibleEverywhere(page);
  await page.getByLabel('Date de naissance').fill('02/05/2012');
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  await expect(page.getByRole('alert')).toContainText('Candidat introuvable');
  await accessibleEverywhere(page);
  await page.getByRole('button', { name: 'Corriger' }).click();
  await page.getByLabel('Date de naissance').fill('01/05/2012');
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByRole('button', { name: 'Oui, c’est moi' }).click();
  const code = page.getByLabel('Code d’accès communiqué par le surveillant');
  await code.fill('BBBBBB');
  await page.getByRole('button', { name: 'Commencer mon test' }).click();
  await expect(code).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: 'J’ai besoin d’aide' }).click();
  await expect(page.getByText('Votre surveillant est prévenu.')).toBeVisible();
  await accessibleEverywhere(page);
  await code.fill(room.kit.accessCode);
  await page.getByRole('button', { name: 'Commencer mon test' }).click();
  await expect(page.getByRole('heading', { name: 'Attendez votre surveillant' })).toBeVisible();
  await accessibleEverywhere(page);
  await room.tick(0);
  await expect(page.frameLocator('iframe').getByRole('button', { name: 'Terminer' })).toBeVisible();
  await accessibleEverywhere(page);
  await page.getByRole('button', { name: 'Quitter' }).click();
  await accessibleEverywhere(page);
  await page.getByRole('button', { name: 'Oui, quitter' }).click();
  await expect(page.getByRole('heading', { name: 'Vous avez quitté le test' })).toBeVisible();
  await accessibleEverywhere(page);
  await vigie.call('POST', room.path(0, 'end'), room.proctor);
  await expect(page.getByRole('heading', { name: 'Votre test a été arrêté' })).toBeVisible();
  await accessibleEverywhere(page);
});

test('an organiser’s pages in every state, at three sizes, light, dark and in forced colours', async ({ vigie, visit }) => {
  test.setTimeout(240_000);
  const [empty, room] = [await vigie.room([]), await vigie.room(pupils(6))];
  await room.join(1);
  await room.leave(2, await room.running(2));
  const page = await visit('desktop', 'organiser');
  await logIn(page, ORGANISER);
  await expect(page.getByText(room.kit.number)).toBeVisible();
  await accessibleEverywhere(page);
  await page.goto('/app/organiser/new');
  await page.getByRole('button', { name: 'Créer la session' }).click();
  await accessibleEverywhere(page);

  await page.goto(`/app/organiser/sessions/${empty.kit.number}`);
  await page.getByLabel('Liste de candidats').fill('Nom;Prénom;Né(e) le;Code postal\nBernard;Zoé;31/05/2012;29000\nMartin;;32/05/2012;29000');
  await expect(page.getByText('Aperçu')).toBeVisible();
  await accessibleEverywhere(page);
  await page.getByRole('link', { name: 'Modifier la session' }).click();
  await expect(page.getByRole('button', { name: 'Enregistrer' })).toBeVisible();
  await accessibleEverywhere(page);

  await page.goto(`/app/organiser/sessions/${room.kit.number}`);
  await expect(page.getByText('Bernard Zoé').first()).toBeVisible();
  await accessibleEverywhere(page);
  await page.getByRole('button', { name: 'Kit surveillant' }).click();
  await expect(page.getByText(room.kit.sessionPassword)).toBeVisible();
  await accessibleEverywhere(page);
  for (const dialog of ['Remplacer un code', 'Ajouter des minutes', 'Finaliser la session']) {
    await page.getByRole('button', { name: dialog }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await accessibleEverywhere(page);
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: 'Signaler un incident' }).click();
  await page.getByRole('button', { name: 'Signaler', exact: true }).click();
  await accessibleEverywhere(page);
  for (const [name, ask] of [['Bernard Zoé', 'Retirer de la session'], ['Bernard Camille', 'Détacher le compte']] as const) {
    await page.getByRole('button', { name, exact: true }).click();
    await accessibleEverywhere(page);
    await page.getByRole('button', { name: ask }).click();
    await accessibleEverywhere(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
  }
  await vigie.call('POST', `/sessions/${room.kit.number}/finalise`, room.organiser);
  await expect(page.getByText('Finalisée').first()).toBeVisible();
  await accessibleEverywhere(page);
});
