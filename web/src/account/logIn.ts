import { api, type Outcome } from '../api/client';
import type { components } from '../api/schema';
import { deviceOf, keepDevice } from './devices';

/** Logs in from this browser, and keeps what it is to show the next time. */
export async function logIn(email: string, password: string): Promise<Outcome<components['schemas']['LoggedIn']>> {
  const device = await deviceOf(email);
  const entered = await api.logIn({ email, password, ...(device && { device }) });
  if (entered.ok && entered.value.device) await keepDevice(email, entered.value.device);
  return entered;
}
