import type { Candidate, Problem, Session } from './api/client';
import type { Login } from './renewal';
import { Stored } from './stored.svelte';

interface Proctoring {
  token: string;
  session: Session;
}

/** Somebody who has joined a session as one of its candidates. */
export interface Candidacy {
  token: string;
  session: Session;
  candidate: Candidate;
  /** By a pass, for which nobody logs in. */
  byPass?: boolean;
}

/** Who uses this tab, and as what. */
export const people = {
  account: new Stored<Login>('account'),
  proctoring: new Stored<Proctoring>('proctoring'),
  candidacy: new Stored<Candidacy>('candidacy'),
};

type Kind = keyof typeof people;

let lapsed = $state<Kind | undefined>();
const waiting: (() => void)[] = [];

/** Whose login has to be renewed before anything else goes on; what stands on the screen stays. */
export const login = {
  get lapsed(): Kind | undefined {
    return lapsed;
  },
  renewed(): void {
    lapsed = undefined;
    for (const goOn of waiting.splice(0)) goOn();
  },
  /** Until somebody has logged in again, if they have to. */
  renewal: () => (lapsed ? new Promise<void>((resolve) => waiting.push(resolve)) : Promise.resolve()),
};

/** Has the login renewed if that is what the problem is and nobody has done so since; returns whether that is asked for now. */
export function lapses(kind: Kind, { lapsed: token }: Problem): boolean {
  if (token === undefined || people[kind].value?.token !== token) return false;
  lapsed = kind;
  return true;
}

/** Has the login renewed if that is what the problem is, and waits for it; returns whether it was. */
export async function renewed(kind: Kind, problem: Problem): Promise<boolean> {
  if (problem.lapsed === undefined) return false;
  lapses(kind, problem);
  await login.renewal();
  return true;
}

/** What is asked before the screen or the account is changed, while that would lose something; `away` does it. */
export const hold = $state<{ ask: ((away?: () => void) => void) | undefined }>({ ask: undefined });

/** Forgets everything of everybody in this tab. */
export function forget(): void {
  for (const kind of Object.values(people)) kind.value = undefined;
  lapsed = undefined;
  waiting.length = 0;
  sessionStorage.clear();
}
