import type { Candidate } from '../api/client';

export type Kind = 'ticked' | 'unticked' | 'authorised' | 'withdrawn' | 'ended' | 'unlinked' | 'answered';

/** Something that was done, to tell the proctor. */
export interface Told {
  /** What, where it was done to candidates. */
  kind?: Kind;
  candidates: Candidate[];
  /** For whom it was refused, and the API's code for why. */
  refused?: { candidates: Candidate[]; code: string };
  /** What else, in words. */
  text?: string;
  /** An access code that has taken the place of another. */
  newCode?: string;
  /** Takes it back for those who still are as it left them. */
  undo?: (still: Candidate[]) => void;
}

/** How long it is told, in milliseconds. */
const TOLD_FOR = 8_000;

function isAsLeft(left: Candidate, now: Candidate): boolean {
  return left.id === now.id && left.status === now.status && left.resumeAuthorised === now.resumeAuthorised;
}

/** What was done last. It leaves by itself, sooner where it is true of nobody any more. */
export class News {
  told = $state.raw<Told | undefined>();
  #still = $state.raw<Candidate[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** What goes on as it was begun is told, and taken back, together. */
  tell(told: Told): void {
    const goesOn = this.told?.kind === told.kind && this.told?.undo !== undefined && told.undo !== undefined && !told.refused;
    const before = goesOn ? this.#still.filter(({ id }) => told.candidates.every((now) => now.id !== id)) : [];
    // A refusal is not pushed out by what went well a moment later.
    const refused = told.refused ?? this.told?.refused;
    this.told = { ...told, ...(refused && { refused }), candidates: [...before, ...told.candidates] };
    this.#still = this.told.candidates;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.clear();
    }, TOLD_FOR);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.told = undefined;
  }

  /** What the room is now. */
  follow(candidates: Candidate[]): void {
    if (!this.told?.candidates.length) return;
    this.#still = this.told.candidates.filter((left) => candidates.some((now) => isAsLeft(left, now)));
    if (!this.#still.length && !this.told.refused) this.clear();
  }

  /** Takes it back, while there is somebody for whom it can be. */
  get undo(): (() => void) | undefined {
    const { undo } = this.told ?? {};
    const still = this.#still;
    if (!undo || !still.length) return undefined;
    return () => {
      undo(still);
    };
  }
}
