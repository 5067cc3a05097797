import { SvelteSet } from 'svelte/reactivity';
import { api, newKey, type Board, type Candidate, type Key, type Kit, type Outcome, type Pass, type Problem, type Results } from '../api/client';
import { changed, unchanged } from '../parts/status';
import { Live } from '../live';
import { people, renewed } from '../people.svelte';
import { apart, Poll } from '../poll';
import { Stored } from '../stored.svelte';
import { pause, ServerClock } from '../time';
import { News, type Kind } from './news.svelte';
import { tickOf, withoutFirst, withTicks, type Ticks } from './ticks';

/** Between tries to send a tick, in milliseconds. */
const AGAIN = 3_000;
/** Until the kit is asked for again that could not be read, in milliseconds. */
const KIT_AGAIN = 10_000;
/** How often times such as "for 3 min" are told anew, in milliseconds. */
const MINUTE_HAND = 5_000;

/** What several candidates can have done to them at once. */
export type Several = 'authorise' | 'end';

/** Whether another try may meet another answer. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429;
}

/** One room, live: what the server last told, and what is on its way to it. */
export class RoomState {
  board = $state.raw<Board | undefined>();
  kit = $state.raw<Kit | undefined>();
  /** Now, by the server's clock, in milliseconds since 1970. */
  now = $state(Date.now());
  /** When the server was last heard. */
  heardAt = $state(0);
  offline = $state(false);
  /** Why the room can't be read. */
  unread = $state.raw<Problem | undefined>();
  /** Why the last action was not done, and for whom. */
  trouble = $state.raw<{ problem: Problem; candidate?: Candidate } | undefined>();
  readonly news = new News();
  /** Whose status somebody else changed last. */
  changes = $state.raw<Candidate[]>([]);
  readonly #queue = new Stored<Ticks[]>('ticks');
  readonly #acting = new SvelteSet<string>();
  readonly #clock = new ServerClock();
  readonly #live = new Live();
  readonly #poll: Poll<Board>;
  readonly #minuteHand: ReturnType<typeof setInterval>;
  /** Whether the queue is being worked off, and whether its first ticks are with the server just now. */
  #isAtIt = false;
  #isSending = false;
  #closed = false;
  /** The board's `codesIssued` as the kit was last read. */
  #codesRead = 0;

  constructor() {
    this.#poll = new Poll<Board>({
      ask: (etag) => this.#session.board(etag),
      live: this.#live,
      soon: apart,
      found: (board) => {
        this.#live.follow(board.session.status === 'finalised' ? undefined : board.live, people.proctoring.value?.token ?? '');
        this.#told(board);
      },
      heard: () => {
        this.heardAt = this.now = this.#clock.now();
        this.offline = false;
        this.unread = undefined;
      },
      failed: async (problem) => {
        if (this.#isPassing(problem)) return true;
        if (!(await this.#renewed(problem))) this.unread = problem;
        return true;
      },
    });
    this.#minuteHand = setInterval(() => (this.now = this.#clock.now()), MINUTE_HAND);
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

  /** What goes to the server next, or is with it. */
  get #first(): Ticks | undefined {
    return this.#queue.value?.[0];
  }

  /** What a tick of this candidate, not yet confirmed, will make of their presence. */
  tickOf(candidate: string): boolean | undefined {
    return tickOf(this.#queue.value ?? [], candidate);
  }

  /** Whether an action on this candidate is on its way. */
  isActing(candidate: string): boolean {
    return this.#acting.has(candidate);
  }

  close(): void {
    this.suspend();
    this.#queue.value = undefined;
  }

  /** Stops without giving up what is unsent: the page goes away, not the proctor. */
  suspend(): void {
    this.#closed = true;
    this.#poll.stop();
    this.#live.close();
    this.news.clear();
    clearInterval(this.#minuteHand);
  }

  /** Reads the room at once. */
  refresh(): void {
    this.#poll.again();
  }

  /** `former` is the access code that was shown until now. */
  async #readKit(former?: string): Promise<void> {
    const outcome = await this.#session.kit();
    if (this.#closed) return;
    if (outcome.ok) {
      this.kit = outcome.value;
      if (former && former !== outcome.value.accessCode) this.news.tell({ candidates: [], newCode: outcome.value.accessCode });
    } else if (await this.#renewed(outcome.problem)) void this.#readKit(former);
    else {
      // With the next board it is asked for again.
      this.#codesRead = 0;
      await pause(KIT_AGAIN);
      if (!this.#isClosed()) this.#poll.again();
    }
  }

  /** Ticks candidates, or takes their ticks back; whose tick is on its way already stays as it is. */
  tick(candidates: string[], present: boolean, isUndo = false): void {
    this.#queue.value = withTicks(this.#queue.value ?? [], candidates, present, { isUndo, isSending: this.#isSending });
    void this.#send();
  }

  authorise(candidate: Candidate, isUndo = false): Promise<boolean> {
    return this.#act(candidate, 'authorise', 'authorised', isUndo ? undefined : (still) => { for (const one of still) void this.withdraw(one, true); });
  }

  withdraw(candidate: Candidate, isUndo = false): Promise<boolean> {
    return this.#act(candidate, 'withdraw', 'withdrawn', isUndo ? undefined : (still) => { for (const one of still) void this.authorise(one, true); });
  }

  end(candidate: Candidate): Promise<boolean> {
    return this.#act(candidate, 'end', 'ended');
  }

  unlink(candidate: Candidate): Promise<boolean> {
    return this.#act(candidate, 'unlink', 'unlinked');
  }

  answer(candidate: Candidate): Promise<boolean> {
    return this.#act(candidate, 'answer', 'answered');
  }

  /** Gives a candidate a pass, in place of one they may have. */
  async issuePass(candidate: Candidate, key: Key): Promise<Pass | undefined> {
    const outcome = await this.#ask(() => this.#session.candidate(candidate.id).issuePass(key));
    if (outcome.ok) return outcome.value;
    this.trouble = { problem: outcome.problem, candidate };
    return undefined;
  }

  /** Does this to several candidates; returns whether it was done to some of them. */
  async several(candidates: Candidate[], what: Several, key: Key): Promise<boolean> {
    this.trouble = undefined;
    const outcome = await this.#ask(() => this.#session[what](candidates.map(({ id }) => id), key));
    this.#poll.again();
    if (!outcome.ok) {
      this.trouble = { problem: outcome.problem };
      return false;
    }
    const { results } = outcome.value;
    const done = this.#took(results);
    this.news.tell({ kind: what === 'end' ? 'ended' : 'authorised', candidates: done, ...this.#refused(results.filter(({ view }) => !view)) });
    return done.length > 0;
  }

  async #act(candidate: Candidate, action: 'authorise' | 'withdraw' | 'end' | 'unlink' | 'answer', kind: Kind, undo?: (still: Candidate[]) => void): Promise<boolean> {
    if (this.#acting.has(candidate.id)) return false;
    this.#acting.add(candidate.id);
    this.trouble = undefined;
    const key = newKey();
    const outcome = await this.#ask(() => this.#session.candidate(candidate.id)[action](key));
    this.#acting.delete(candidate.id);
    this.#poll.outdate();
    if (!outcome.ok) {
      this.trouble = { problem: outcome.problem, candidate };
      // A refusal means that this page did not know the latest.
      this.#poll.again();
      return false;
    }
    this.#seen([outcome.value]);
    this.news.tell({ kind, candidates: [outcome.value], ...(undo && { undo }) });
    return true;
  }

  /** Asks once more where the proctor had to log in again. */
  async #ask<T>(call: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const outcome = await call();
    return !outcome.ok && (await this.#renewed(outcome.problem)) ? call() : outcome;
  }

  async #send(): Promise<void> {
    if (this.#isAtIt) return;
    this.#isAtIt = true;
    for (let ticks = this.#first; ticks && !this.#closed; ticks = this.#first) {
      this.#isSending = true;
      const outcome = await this.#session.tick(ticks.candidates, ticks.present, ticks.key);
      this.#isSending = false;
      if (this.#isClosed()) return;
      const left = outcome.ok ? this.#ticked(ticks, outcome.value.results) : this.#unticked(ticks, outcome.problem);
      this.#queue.value = withoutFirst(this.#queue.value ?? [], left);
      if (left.length) await pause(AGAIN);
    }
    this.#isAtIt = false;
  }

  /** Returns those to try again. */
  #unticked({ candidates }: Ticks, problem: Problem): string[] {
    void this.#renewed(problem);
    if (this.#isPassing(problem) || problem.lapsed !== undefined) return candidates;
    this.trouble = { problem };
    return [];
  }

  /** Returns those to try again. */
  #ticked({ present, isUndo }: Ticks, results: Results): string[] {
    this.#poll.outdate();
    const done = this.#took(results);
    const refused = this.#refused(results.filter(({ status, view }) => !view && !isPassing(status)));
    if (refused.refused) this.#poll.again();
    if (done.length || refused.refused) {
      const undo = (still: Candidate[]) => {
        this.tick(still.map(({ id }) => id), !present, true);
      };
      this.news.tell({ kind: present ? 'ticked' : 'unticked', candidates: done, ...refused, ...(!isUndo && { undo }) });
    }
    return results.filter(({ status }) => isPassing(status)).map(({ candidate }) => candidate);
  }

  /** Whom these are about, and why it was refused to the first of them. */
  #refused(refused: Results): { refused?: { candidates: Candidate[]; code: string } } {
    if (!refused[0]) return {};
    return { refused: { candidates: this.candidates.filter(({ id }) => refused.some(({ candidate }) => candidate === id)), code: refused[0].code ?? '' } };
  }

  /** After a renewal the room is read at once, and changes are told to the new token. */
  async #renewed(problem: Problem): Promise<boolean> {
    const isRenewed = await renewed('proctoring', problem);
    if (isRenewed) {
      this.#live.close();
      this.#poll.again();
    }
    return isRenewed;
  }

  /** Takes into the board those for whom something was done; returns them. */
  #took(results: Results): Candidate[] {
    const views = results.flatMap(({ view }) => view ?? []);
    this.#seen(views);
    return views;
  }

  /** Takes what an action answered into the board, which alone knows who is away. */
  #seen(views: Candidate[]): void {
    if (!this.board) return;
    const now = Object.fromEntries(views.map((view) => [view.id, view]));
    const seen = (before: Candidate) => {
      const view = now[before.id];
      return view ? { ...(before.awaySince && { awaySince: before.awaySince }), ...view } : before;
    };
    this.board = { ...this.board, candidates: this.board.candidates.map(seen) };
  }

  #told(board: Board): void {
    this.#clock.heard(board.serverTime);
    const before = Object.fromEntries(this.candidates.map((candidate) => [candidate.id, candidate]));
    // Who has not changed stays the same object, for whose row there is nothing to do.
    const candidates = board.candidates.map((now) => unchanged(before[now.id], now) ?? now);
    this.changes = changed(this.candidates, candidates);
    this.board = { ...board, candidates };
    this.news.follow(candidates);
    if (board.codesIssued !== this.#codesRead) {
      this.#codesRead = board.codesIssued;
      const former = this.kit?.accessCode;
      // It may be worth nothing any more.
      this.kit = undefined;
      void this.#readKit(former);
    }
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
