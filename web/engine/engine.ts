/** A demo of the exam engine: what a real one has to do with Vigie, and three questions. */
import { texts, type Texts } from './texts';

/** What Vigie's page gives to the engine that it shows. */
interface Attempt {
  type: 'vigie:attempt';
  accessToken: string;
  session: string;
  candidate: string;
  language: keyof typeof texts;
}

/** The only page that may show this one; a real engine, elsewhere, names Vigie's. */
const VIGIE = location.origin;

/** Where the candidate stands: what Vigie answers, and its page tells as soon as it changes. */
interface Standing {
  status: string;
  /** Counts the starts of the test. */
  start: number;
  endsAt: string;
}

interface Changed extends Standing {
  type: 'vigie:changed';
}

let attempt: Attempt | undefined;
let stopped = false;
let t: Texts = texts.fr;
/** The same for each retry of finishing, which is done once. */
const key = crypto.randomUUID();

const dialog = find('dialog', HTMLDialogElement);
const trouble = find('#trouble', HTMLElement);
const finishing = find('#finish', HTMLButtonElement);

addEventListener('message', ({ source, origin, data }: MessageEvent<Attempt | Changed | undefined>) => {
  if (stopped || source !== parent || origin !== VIGIE) return;
  if (data?.type === 'vigie:changed') follow(data);
  if (data?.type !== 'vigie:attempt') return;
  const isFirst = !attempt;
  attempt = data;
  speak();
  if (isFirst) void begin(data);
});
find('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  trouble.replaceChildren();
  dialog.showModal();
});
find('#back', HTMLButtonElement).addEventListener('click', () => {
  dialog.close();
});
finishing.addEventListener('click', () => void finish());

if (parent === window) {
  find('main', HTMLElement).replaceChildren(paragraph(t.alone));
  document.title = t.title;
} else {
  find('main', HTMLElement).hidden = true;
  tell('vigie:ready');
}

function find<E extends Element>(selector: string, kind: new () => E): E {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Shows the test in the candidate's language; what is answered stays. */
function speak(): void {
  t = texts[attempt?.language ?? 'fr'];
  document.documentElement.lang = attempt?.language ?? 'fr';
  document.title = t.title;
  for (const place of document.querySelectorAll<HTMLElement>('[data-text]')) place.textContent = t[place.dataset['text'] as keyof Texts];
  find('main', HTMLElement).hidden = false;
}

/**
 * Reads once whether the test runs here; from then on Vigie's page tells. An engine with a server reads it there too,
 * before it accepts results; this one has none, and finishes through Vigie, which looks.
 */
async function begin(given: Attempt): Promise<void> {
  try {
    const answer = await call(given, 'GET', '');
    if (attempt && (answer.status === 401 || answer.status === 403)) stop(t.stopped);
    if (answer.ok) follow((await answer.json()) as Standing);
  } catch {
    // Without network the candidate goes on; the page tells once it has heard.
  }
}

/** The test may be over, or resumed elsewhere. */
function follow({ status, start }: Standing): void {
  if (attempt && (status !== 'in_progress' || start > startOf(attempt))) stop(t.stopped);
}

/** Which start of the test the token is for. */
function startOf({ accessToken }: Attempt): number {
  const claims = (accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return (JSON.parse(atob(claims)) as { start: number }).start;
}

function call({ session, candidate, accessToken, language }: Attempt, method: string, action: string): Promise<Response> {
  return fetch(`/sessions/${session}/candidates/${candidate}${action}`, {
    method,
    headers: { Authorization: `Bearer ${accessToken}`, 'Accept-Language': language, ...(method === 'POST' && { 'Idempotency-Key': key }) },
    signal: AbortSignal.timeout(15_000),
  });
}

async function finish(): Promise<void> {
  if (!attempt || finishing.ariaDisabled === 'true') return;
  finishing.ariaDisabled = 'true';
  trouble.replaceChildren();
  try {
    const answer = await call(attempt, 'POST', '/finish');
    if (answer.ok) stop(t.thanks);
    else await refused(answer);
  } catch {
    trouble.replaceChildren(paragraph(t.unreachable));
  }
  finishing.ariaDisabled = 'false';
}

/** The test is over, here at least: Vigie's page shows the rest. */
function stop(why: string): void {
  stopped = true;
  attempt = undefined;
  dialog.close();
  find('main', HTMLElement).replaceChildren(paragraph(why));
  tell('vigie:finished');
}

async function refused(answer: Response): Promise<void> {
  const { detail, requestId } = (await answer.json()) as { detail: string; requestId: string };
  trouble.replaceChildren(paragraph(detail), paragraph(`${t.reference} ${requestId}`));
  // Ended by the proctor, or resumed elsewhere: Vigie's page shows it.
  if (answer.status === 409) tell('vigie:finished');
}

function tell(type: 'vigie:ready' | 'vigie:finished'): void {
  parent.postMessage({ type }, VIGIE);
}

function paragraph(text: string): HTMLParagraphElement {
  const made = document.createElement('p');
  made.textContent = text;
  return made;
}
