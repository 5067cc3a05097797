import { Stored } from '../stored.svelte';

/** What was just done, to be said on the screen that comes next. */
const told = new Stored<string>('told');

export function tell(news: string): void {
  told.value = news;
}

/** What was told, once. */
export function heard(): string {
  const news = told.value ?? '';
  told.value = undefined;
  return news;
}
