import type { Page, Request } from '@playwright/test';
import { expect } from './fixtures';
import type { Vigie } from './vigie';

interface Letter {
  to: string;
  subject: string;
  text: string;
}

/** The link of the newest letter to this address, with its token. */
export async function link(vigie: Vigie, to: string, where: 'invitation' | 'new-password' | 'proof'): Promise<{ url: string; token: string }> {
  const pattern = new RegExp(`http\\S+/app/account/${where}#(\\S+)`);
  const found: { url: string; token: string }[] = [];
  await expect
    .poll(async () => {
      for (const letter of await vigie.call<Letter[]>('GET', '/mails')) {
        const [url, token] = (letter.to === to && pattern.exec(letter.text)) || [];
        if (url && token) found.push({ url, token });
      }
      return found.length;
    })
    .toBeGreaterThan(0);
  return found[0] ?? { url: '', token: '' };
}

/** Fails once a request has this in its address. */
export function watch(page: Page, secret: string): void {
  page.on('request', (request: Request) => {
    expect(new URL(request.url()).pathname + new URL(request.url()).search).not.toContain(secret);
  });
}

/** Nothing of the browser's holds it: address, history, storage. */
export async function keptNowhere(page: Page, secret: string): Promise<void> {
  expect(page.url()).not.toContain('#');
  const kept = await page.evaluate(() => JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage), history.state, location.href]));
  expect(kept).not.toContain(secret);
}
