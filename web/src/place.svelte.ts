import { forget, hold } from './people.svelte';

/** Where the page is: the path after `/app/`, such as `room`. Holds no name, code or token. */
const BASE = import.meta.env.BASE_URL;
const path = () => location.pathname.slice(BASE.length).replace(/\/$/, '');

let here = $state(path());
let brought = $state(takeToken());
// Another link may be opened where the page stands already.
addEventListener('hashchange', () => (brought = takeToken() || brought));
addEventListener('popstate', () => {
  if (hold.ask) {
    history.pushState(null, '', BASE + here);
    hold.ask();
  } else {
    here = path();
  }
});

export const place = {
  get now(): string {
    return here;
  },
  /** The token of the link that led here; nothing keeps it. */
  get token(): string {
    return brought;
  },
  /** The address of a place, for links. */
  of: (name: string) => BASE + name,
  go(name: string): void {
    history.pushState(null, '', BASE + name);
    arrive();
  },
  /** Goes there so that the browser's Back does not lead here again. */
  become(name: string): void {
    history.replaceState(null, '', BASE + name);
    arrive();
  },
};

/** Tokens stand behind the `#`, which is sent to nobody, and leave the address and the browser's history at once. */
function takeToken(): string {
  const token = /^#([\w-]{16,})$/.exec(location.hash)?.[1] ?? '';
  if (token) history.replaceState(null, '', location.pathname);
  return token;
}

function arrive(): void {
  here = path();
  scrollTo(0, 0);
}

/** Back to the first screen, for somebody else. */
export function logOut(): void {
  forget();
  place.go('');
}

/** Follows the page's own links without loading it again. */
export function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!plain || !link || link.target || link.origin !== location.origin || !link.pathname.startsWith(BASE) || link.hash) return;
  event.preventDefault();
  place.go(link.pathname.slice(BASE.length));
}
