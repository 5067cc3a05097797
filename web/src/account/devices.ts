/**
 * What this browser shows the API when somebody logs in, so that wrong passwords tried elsewhere do not keep them out
 * here. Kept for the people who last logged in with it, each under a hash that names nobody: their address alone does
 * not lead to it, since the id is hashed along.
 */
const KEY = 'vigie.devices';

/** A school's computer has many pupils. */
const MOST = 20;

interface Device {
  id: string;
  of: string;
}

/** None where the browser keeps nothing for the page. */
function kept(): Device[] {
  try {
    const devices: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(devices) ? (devices as Device[]) : [];
  } catch {
    return [];
  }
}

/** To whom an id belongs; addresses compare as the API does it. */
async function owner(id: string, email: string): Promise<string> {
  const text = `${id} ${email.trim().normalize('NFC').toLowerCase()}`;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function find(email: string): Promise<{ theirs: Device | undefined; others: Device[] }> {
  const devices = kept();
  const owners = await Promise.all(devices.map(({ id }) => owner(id, email)));
  const theirs = devices.find(({ of }, at) => of === owners[at]);
  return { theirs, others: devices.filter((device) => device !== theirs) };
}

/** The id to show for this address, if it has logged in here. */
export async function deviceOf(email: string): Promise<string | undefined> {
  return (await find(email)).theirs?.id;
}

/** Keeps the id that the API gave to this address. */
export async function keepDevice(email: string, id: string): Promise<void> {
  const { others } = await find(email);
  const devices = [{ id, of: await owner(id, email) }, ...others];
  try {
    localStorage.setItem(KEY, JSON.stringify(devices.slice(0, MOST)));
  } catch {
    // They log in as from a new device next time.
  }
}
