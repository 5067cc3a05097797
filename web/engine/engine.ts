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

let attempt: Attempt | undefined;
let t: Texts = texts.fr;
/** The same for each retry of finishing, which is done once. */
const key = crypto.randomUUID();

const dialog = find('dialog', HTMLDialogElement);
const trouble = find('#trouble', HTMLElement);
const finishing = find('#finish', HTMLButtonElement);

addEventListener('message', (event: MessageEvent<unknown>) => {
  if (event.source !== parent || event.origin !== VIGIE || !isAttempt(event.data)) return;
  attempt = event.data;
  speak();
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

function isAttempt(data: unknown): data is Attempt {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'vigie:attempt';
}

/** Shows the test in the candidate's language; what is answered stays. */
function speak(): void {
  t = texts[attempt?.language ?? 'fr'];
  document.documentElement.lang = attempt?.language ?? 'fr';
  document.title = t.title;
  for (const place of document.querySelectorAll<HTMLElement>('[data-text]')) place.textContent = t[place.dataset['text'] as keyof Texts];
  find('main', HTMLElement).hidden = false;
}

async function finish(): Promise<void> {
  if (!attempt || finishing.ariaDisabled === 'true') return;
  finishing.ariaDisabled = 'true';
  trouble.replaceChildren();
  try {
    const answer = await fetch(`/sessions/${attempt.session}/candidates/${attempt.candidate}/finish`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${attempt.accessToken}`, 'Accept-Language': attempt.language, 'Idempotency-Key': key },
      signal: AbortSignal.timeout(15_000),
    });
    if (answer.ok) done();
    else await refused(answer);
  } catch {
    trouble.replaceChildren(paragraph(t.unreachable));
  }
  finishing.ariaDisabled = 'false';
}

function done(): void {
  dialog.close();
  find('main', HTMLElement).replaceChildren(paragraph(t.thanks));
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
