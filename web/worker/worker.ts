/**
 * The page without network: what it takes to open it again while a test runs. Nothing of the API passes here, and
 * nothing of another origin.
 */

/** Of one build, by their paths, with their hashes; the build writes them in. */
declare const FILES: Record<string, string>;
declare const BUILD: string;
declare const BASE: string;

interface Lasting extends Event {
  waitUntil: (done: Promise<unknown>) => void;
}
interface Installing extends Lasting {
  /** Not in every browser. */
  addRoutes?: (rules: { condition: { requestMethod: string }; source: 'network' }[]) => Promise<void>;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith: (answer: Promise<Response>) => void;
}

const PREFIX = 'vigie ';
const CACHE = PREFIX + BUILD;
/** A network that leads nowhere is none; in milliseconds. */
const PATIENCE = 4_000;
/**
 * What changes something does not wait for this worker. Above all what a page says as it is closed: Chromium loses that
 * where the worker is asked first.
 */
const PAST = ['POST', 'PUT', 'PATCH', 'DELETE'].map((requestMethod) => ({ condition: { requestMethod }, source: 'network' as const }));

addEventListener('install', (event) => {
  const installing = event as Installing;
  installing.waitUntil(Promise.all([keep(), installing.addRoutes?.(PAST)]));
});
// The browser waits with this until no page of an earlier build is open.
addEventListener('activate', (event) => {
  (event as Lasting).waitUntil(forget());
});
addEventListener('fetch', (event) => {
  const fetching = event as Fetching;
  const { request } = fetching;
  const { origin, pathname } = new URL(request.url);
  const path = request.mode === 'navigate' ? pageAt(pathname) : pathname;
  if (request.method !== 'GET' || origin !== location.origin || !(path in FILES)) return;
  fetching.respondWith(hasHash(path) ? kept(path, request) : fresh(path, request));
});

/** The page that stands at this path, as the server has it. */
function pageAt(path: string): string {
  return path.startsWith(`${BASE}candidate`) ? BASE : path;
}

/** Its name changes with its content. */
function hasHash(path: string): boolean {
  return path.startsWith(`${BASE}assets/`);
}

/** All or none: in the middle of a deployment a page of another build has another hash, and this worker is not installed. */
async function keep(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(Object.entries(FILES).map(([path, integrity]) => new Request(path, { integrity, cache: hasHash(path) ? 'force-cache' : 'no-cache' })));
}

async function forget(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

/** The newest, or the one of this build where it can't be had. */
async function fresh(path: string, request: Request): Promise<Response> {
  try {
    const answer = await Promise.race([fetch(request), late()]);
    if (answer.status < 500) return answer;
  } catch {
    // There is no network.
  }
  return kept(path, request);
}

function late(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => {
      reject(new Error('late'));
    }, PATIENCE);
  });
}
