import { newKey, type Key } from './api/client';

/** What was asked, and the key it was asked with. */
export interface Asked {
  body: string;
  key: Key;
}

/** The same key as before for the same request: an answer that was lost is found again, and nothing is done twice. */
export function asking(body: unknown, before: Asked | undefined): Asked {
  const text = JSON.stringify(body);
  return before?.body === text ? before : { body: text, key: newKey() };
}
