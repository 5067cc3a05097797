import { forget, hold } from './people.svelte';

/** Where the page is: the path after `/app/`, such as `room`. Holds no name, code or token. */
const BASE = import.meta.env.BASE_URL;
const path = () => location.pathname.slice(BASE.length).replace(/\/$/, '');

let here = $state(path());
/** Links bring a token of at least this length, printed kits the number of a session. */
const TOKEN = 16;
let brought = $state(take());
// Another link may be opened where the page stands already.
addEventListener('hashchange', () => (brought = take() || brought));
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
    return brought.length < TOKEN ? '' : brought;
  },
  /** The number of the session whose kit led here. */
  get session(): string {
    return brought.length < TOKEN ? brought : '';
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

/** What stands behind the `#` is sent to nobody. A token leaves the address and the browser's history at once. */
function take(): string {
  const brought = /^#([\w-]{16,}|\d{5,9})$/.exec(location.hash)?.[1] ?? '';
  if (brought.length >= TOKEN) history.replaceState(null, '', location.pathname);
  return brought;
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
