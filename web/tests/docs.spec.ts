import { expect, test } from './fixtures';
import { ORGANISER } from './vigie';

test('the API is read and tried where it is described, on a phone too', async ({ vigie, visit }) => {
  const { kit } = await vigie.room([]);
  const page = await visit('phone', 'docs/');
  const operation = (id: string) => page.locator(`[id$="-${id}"]`);
  const tried = async (id: string) => {
    await operation(id).getByRole('button', { name: 'Execute' }).click();
    const answer = operation(id).locator('.live-responses-table');
    await expect(answer.locator('.response-col_status').last()).toContainText('200');
    return answer.locator('.response-col_description .highlight-code code').first().innerText();
  };
  await operation('login').getByRole('button', { name: 'Log in.' }).click();
  await operation('login').locator('textarea').fill(JSON.stringify(ORGANISER));
  const { accessToken } = JSON.parse(await tried('login')) as { accessToken: string };

  await page.getByRole('button', { name: 'Authorize' }).click();
  await page.getByLabel('auth-bearer-value').fill(accessToken);
  await page.getByRole('button', { name: 'Apply credentials' }).click();
  await page.getByRole('button', { name: 'Close' }).last().click();

  await operation('listSessions').getByRole('button', { name: 'List the sessions' }).click();
  expect(await tried('listSessions')).toContain(kit.number);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(page.viewportSize()?.width);
});
