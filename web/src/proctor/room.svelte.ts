import { SvelteSet } from 'svelte/reactivity';
import { api, newKey, type Board, type Candidate, type Key, type Problem } from '../api/client';
import { changed, unchanged } from '../parts/status';
import { people, renewed } from '../people.svelte';
import { Poll } from '../poll';
import { Stored } from '../stored.svelte';
import { pause, ServerClock } from '../time';

/** Ticks on their way to the server; the key makes a retry the same try. */
interface Ticks {
  key: Key;
  candidates: string[];
  present: boolean;
  /** An undo is not undone in its turn: pressed twice by mistake, it would do it all again. */
  isUndo: boolean;
}

/** Something to tell the proctor. */
export interface News {
  kind: 'ticked' | 'unticked' | 'authorised' | 'withdrawn' | 'ended' | 'unlinked';
  candidates: Candidate[];
  /** For whom it was refused, and the API's code for why. */
  refused?: { candidates: Candidate[]; code: string };
  /** Takes it back for those who still are as it left them. */
  undo?: (still: Candidate[]) => void;
}

/** Between tries to send a tick, in milliseconds. */
const AGAIN = 3_000;
/** The API takes this many at once. */
const AT_ONCE = 99;

/** Whether another try may meet another answer. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429;
}

/** One room, live: what the server last told, and what is on its way to it. */
export class RoomState {
  board = $state.raw<Board | undefined>();
  /** When the server was last heard, by its clock, in milliseconds since 1970. */
  heardAt = $state(0);
  offline = $state(false);
  /** Why the room can't be read. */
  unread = $state.raw<Problem | undefined>();
  /** Why the last action was not done, and for whom. */
  trouble = $state.raw<{ problem: Problem; candidate?: Candidate } | undefined>();
  news = $state.raw<News | undefined>();
  /** Whose status somebody else changed last. */
  changes = $state.raw<Candidate[]>([]);
  readonly #queue = new Stored<Ticks[]>('ticks');
  readonly #acting = new SvelteSet<string>();
  readonly #clock = new ServerClock();
  readonly #poll: Poll<Board>;
  #sending = false;
  #closed = false;

  constructor() {
    this.#poll = new Poll<Board>({
      ask: (etag) => this.#session.board(etag),
      found: (board) => {
        this.#told(board);
      },
      heard: () => {
        this.heardAt = this.#clock.now();
        this.offline = false;
        this.unread = undefined;
      },
      failed: async (problem) => {
        if (this.#isPassing(problem)) return true;
        if (!(await this.#renewed(problem))) this.unread = problem;
        return true;
      },
    });
    void this.#send();
  }

  get number(): string {
    return people.proctoring.value?.session.number ?? '';
  }

  get #session() {
    return api.as(people.proctoring.value?.token ?? '').session(this.number);
  }

  get candidates(): Candidate[] {
    return this.board?.candidates ?? [];
  }

  /** How many ticks the server has not confirmed. */
  get unsent(): number {
    return (this.#queue.value ?? []).reduce((sum, ticks) => sum + ticks.candidates.length, 0);
  }

  /** What a tick of this candidate, not yet confirmed, will make of their presence. */
  tickOf(candidate: string): boolean | undefined {
    return this.#queue.value?.findLast((ticks) => ticks.candidates.includes(candidate))?.present;
  }

  /** Whether this candidate is ticked, once all ticks have arrived. */
  willBePresent({ id, status }: Candidate): boolean {
    return this.tickOf(id) ?? status === 'present';
  }

  /** Whether an action on this candidate is on its way. */
  isActing(candidate: string): boolean {
    return this.#acting.has(candidate);
  }

  /** Takes back what the news tells of, while there is somebody for whom it can be. */
  get undo(): (() => void) | undefined {
    const { candidates, undo } = this.news ?? {};
    const isStill = (left: Candidate) =>
      this.candidates.some(({ id, status, resumeAuthorised }) => id === left.id && status === left.status && resumeAuthorised === left.resumeAuthorised);
    const still = candidates?.filter(isStill);
    if (!undo || !still?.length) return undefined;
    return () => {
      undo(still);
    };
  }

  close(): void {
    this.#closed = true;
    this.#poll.stop();
    this.#queue.value = undefined;
  }

  /** Stops without giving up what is unsent: the page goes away, not the proctor. */
  suspend(): void {
    this.#closed = true;
    this.#poll.stop();
  }

  /** Reads the room at once. */
  refresh(): void {
    this.#poll.again();
  }

  tick(candidates: string[], present: boolean, isUndo = false): void {
    const queue = [...(this.#queue.value ?? [])];
    for (let at = 0; at < candidates.length; at += AT_ONCE) {
      queue.push({ key: newKey(), candidates: candidates.slice(at, at + AT_ONCE), present, isUndo });
    }
    this.#queue.value = queue;
    void this.#send();
  }

  authorise(candidate: Candidate, isUndo = false): Promise<boolean> {
    return this.#act(candidate, 'authorise', 'authorised', isUndo ? undefined : () => void this.withdraw(candidate, true));
  }

  withdraw(candidate: Candidate, isUndo = false): Promise<boolean> {
    return this.#act(candidate, 'withdraw', 'withdrawn', isUndo ? undefined : () => void this.authorise(candidate, true));
  }

  end(candidate: Candidate): Promise<boolean> {
    return this.#act(candidate, 'end', 'ended');
  }

  unlink(candidate: Candidate): Promise<boolean> {
    return this.#act(candidate, 'unlink', 'unlinked');
  }

  async #act(
    candidate: Candidate,
    action: 'authorise' | 'withdraw' | 'end' | 'unlink',
    kind: News['kind'],
    undo?: News['undo'],
  ): Promise<boolean> {
    if (this.#acting.has(candidate.id)) return false;
    this.#acting.add(candidate.id);
    this.trouble = undefined;
    const key = newKey();
    const again = () => this.#session.candidate(candidate.id)[action](key);
    let outcome = await again();
    if (!outcome.ok && (await this.#renewed(outcome.problem))) outcome = await again();
    this.#acting.delete(candidate.id);
    this.#poll.outdate();
    if (!outcome.ok) {
      this.trouble = { problem: outcome.problem, candidate };
      // A refusal means that this page did not know the latest.
      this.#poll.again();
      return false;
    }
    this.#seen([outcome.value]);
    this.news = { kind, candidates: [outcome.value], ...(undo && { undo }) };
    return true;
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    for (let ticks = this.#queue.value?.[0]; ticks && !this.#closed; ticks = this.#queue.value[0]) {
      const outcome = await this.#session.tick(ticks.candidates, ticks.present, ticks.key);
      if (this.#isClosed()) break;
      const left = outcome.ok ? this.#ticked(ticks, outcome.value.results) : this.#unticked(ticks, outcome.problem);
      this.#queue.value = [...(left.length ? [{ ...ticks, candidates: left }] : []), ...(this.#queue.value ?? []).slice(1)];
      if (left.length) await pause(AGAIN);
    }
    this.#sending = false;
  }

  /** Returns those to try again. */
  #unticked({ candidates }: Ticks, problem: Problem): string[] {
    void this.#renewed(problem);
    if (this.#isPassing(problem) || problem.lapsed !== undefined) return candidates;
    this.trouble = { problem };
    return [];
  }

  /** Returns those to try again. */
  #ticked({ present, isUndo }: Ticks, results: { candidate: string; status: number; code?: string | null; view?: Candidate | null }[]): string[] {
    this.#poll.outdate();
    const views = results.flatMap(({ view }) => view ?? []);
    this.#seen(views);
    const left = results.filter(({ status }) => isPassing(status)).map(({ candidate }) => candidate);
    const refused = results.filter(({ status, view }) => !view && !isPassing(status));
    if (refused.length) this.#poll.again();
    if (views.length || refused.length) {
      this.news = {
        kind: present ? 'ticked' : 'unticked',
        candidates: views,
        ...(refused[0] && { refused: { candidates: this.candidates.filter(({ id }) => refused.some(({ candidate }) => candidate === id)), code: refused[0].code ?? '' } }),
        ...(!isUndo && {
          undo: (still) => {
            this.tick(still.map(({ id }) => id), !present, true);
          },
        }),
      };
    }
    return left;
  }

  /** After a renewal the room is read at once. */
  async #renewed(problem: Problem): Promise<boolean> {
    const isRenewed = await renewed('proctoring', problem);
    if (isRenewed) this.#poll.again();
    return isRenewed;
  }

  /** Takes what an action answered into the board. */
  #seen(views: Candidate[]): void {
    if (!this.board) return;
    const now = Object.fromEntries(views.map((view) => [view.id, view]));
    this.board = { ...this.board, candidates: this.board.candidates.map((before) => now[before.id] ?? before) };
  }

  #told(board: Board): void {
    this.#clock.heard(board.serverTime);
    const before = Object.fromEntries(this.candidates.map((candidate) => [candidate.id, candidate]));
    // Who has not changed stays the same object, for whose row there is nothing to do.
    const candidates = board.candidates.map((now) => unchanged(before[now.id], now) ?? now);
    this.changes = changed(this.candidates, candidates);
    this.board = { ...board, candidates };
  }

  /** Whether it may go well in a moment; then the page says that it hears nothing. */
  #isPassing(problem: Problem): boolean {
    const passing = problem.status === undefined || isPassing(problem.status);
    if (passing) this.offline = true;
    return passing;
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}
