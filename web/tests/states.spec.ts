import { accessibleEverywhere, enterRoom, expect, openSheet, row, rows, test, toDo } from './fixtures';
import { pupils } from './vigie';

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
  await vigie.call('POST', room.path(6, 'end'), room.proctor).catch(() => undefined);
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
  for (const view of ['Projeter le code d’accès', 'Feuille de présence', 'Kit surveillant', 'Incidents', 'Plusieurs candidats à la fois', 'Ajouter des minutes']) {
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
