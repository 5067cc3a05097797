import { api, newKey, type Joined, type Key, type Outcome, type Problem, type Standing } from '../api/client';
import { asking } from '../asking';
import { readBirthdate } from '../birthdate';
import { wrongFields, type Wrong } from '../form.svelte';
import { language } from '../language.svelte';
import { Live } from '../live';
import { isOver } from '../parts/status';
import { lapses, people, renewed, type Candidacy } from '../people.svelte';
import { place } from '../place.svelte';
import { Poll, spread, type Polling } from '../poll';
import { Stored } from '../stored.svelte';
import { ServerClock } from '../time';
import { screenFor, startOf, type Attempt, type Draft, type Entry, type PassDraft, type Screen } from './next';
import { PASS } from './places';

/** The candidate's calls, by this token. */
export const callsOf = ({ token, session, candidate }: Candidacy) => api.as(token).session(session.number).candidate(candidate.id);

/** What another code, or the same later, is the answer to. */
const ABOUT_CODE = ['wrong_access_code', 'too_many_attempts'];

interface Watcher {
  /** With what is new, if anything is. */
  heard?: (standing?: Standing) => void;
  lost?: () => void;
}

/** The candidate's way through the procedure; a reload at any point of it changes nothing. */
export class Procedure {
  readonly draft = new Stored<Draft>('candidate.draft');
  readonly pass = new Stored<PassDraft>('candidate.pass');
  readonly entry = new Stored<Entry>('candidate.entry');
  readonly attempt = new Stored<Attempt>('candidate.attempt');
  /** What came in the way of what was last asked for. */
  problem = $state.raw<Problem | undefined>();
  wrong = $state.raw<Wrong>({});
  busy = $state(false);
  /** The proctor has undone the join. */
  unlinked = $state(false);
  /** The proctor is being called, or the call taken back. */
  calling = $state(false);
  /** What came in the way of that. */
  callProblem = $state.raw<Problem | undefined>();
  readonly #clock = new ServerClock();
  #isHeard = false;
  /** One for all that is read, so that a start does not cut it. */
  readonly #live = new Live();
  #poll: Poll<Standing> | undefined;

  get screen(): Screen {
    return screenFor({ place: place.now, draft: this.draft.value, candidacy: people.candidacy.value, entry: this.entry.value, attempt: this.attempt.value });
  }

  /** By the server's clock, as far as it was heard: this computer's may be wrong. */
  get now(): number | undefined {
    return this.#isHeard ? this.#clock.now() : undefined;
  }

  /** When changes, or that there are none, were last told. */
  get toldAt(): number {
    return this.#live.stands ? this.#live.heardAt : 0;
  }

  /** The page goes away. */
  close(): void {
    this.#live.close();
  }

  /** Sends again what was under way when the page was reloaded. */
  resend(): void {
    if (this.entry.value?.pending && !this.attempt.value) void this.start(this.entry.value.code);
  }

  async join(): Promise<void> {
    const draft = this.draft.value;
    const account = people.account.value;
    const born = readBirthdate(draft?.birthdate ?? '');
    if (!draft || !account || !('date' in born) || this.busy) return;
    const { firstName, lastName } = draft;
    this.#begin();
    const outcome = await api.as(account.token).session(draft.session.replace(/\s/g, '')).join({ firstName, lastName, birthdate: born.date });
    this.busy = false;
    if (people.account.value?.account.id !== account.account.id) return;
    if (outcome.ok) {
      this.enter(outcome.value);
    } else if (outcome.problem.errors.length) {
      this.wrong = wrongFields(outcome.problem);
      this.correct();
    } else if (!lapses('account', outcome.problem)) {
      this.problem = outcome.problem;
    }
  }

  /** Asks to come in with a pass; the same key until another one is typed. */
  usePass(session: string, code: string): Promise<Outcome<Joined>> {
    const asked = asking({ session, code }, this.pass.value?.asked);
    this.pass.value = { session, code, asked };
    return api.usePass(session.replace(/\s/g, ''), code, asked.key);
  }

  /** They have joined the session. */
  enter({ accessToken: token, session, candidate }: Joined, byPass = false): void {
    this.#forgetTest();
    this.unlinked = false;
    // If it has to be another one, it is for the same session.
    this.pass.value = byPass ? { session: session.number, code: '' } : undefined;
    people.candidacy.value = { token, session, candidate, byPass };
    this.#show('candidate');
  }

  /** Back to who they are, with what was typed; whoever came by a pass needs another. */
  correct(): void {
    const back = people.candidacy.value?.byPass ? PASS : 'candidate';
    people.candidacy.value = undefined;
    this.close();
    this.#forgetTest();
    this.problem = undefined;
    this.#show(back);
  }

  /** Unless the person has gone elsewhere meanwhile. */
  #show(where: string): void {
    if (place.now.startsWith('candidate')) place.become(where);
  }

  /** The access code as far as it is typed. */
  type(code: string): void {
    const before = this.entry.value;
    // What was typed anew is not sent by itself.
    const { lockedUntil = 0, ...kept } = before ?? {};
    const isLocked = lockedUntil > Date.now();
    this.entry.value = { step: 'code', ...kept, ...(isLocked && { lockedUntil }), code, pending: before?.pending === true && before.code === code };
    this.problem = undefined;
  }

  /** Starts the test or resumes it. Nobody is locked out by an answer that got lost: the same key is sent again until one is heard. */
  async start(code: string): Promise<void> {
    const candidacy = people.candidacy.value;
    if (!candidacy || this.busy) return;
    this.#begin();
    const key = this.entry.value?.key ?? newKey();
    const entry = { step: 'code' as const, ...this.entry.value, code, key, pending: true };
    this.entry.value = entry;
    const outcome = await callsOf(candidacy).start(code, key);
    this.busy = false;
    // Meanwhile somebody else may sit here.
    if (people.candidacy.value?.candidate.id !== candidacy.candidate.id) return;
    if (!outcome.ok) {
      await this.#refused(outcome.problem, entry);
      return;
    }
    const { accessToken: token, attempt } = outcome.value;
    this.attempt.value = { token, id: attempt.id, start: startOf(token), endsAt: attempt.endsAt };
    this.entry.value = { step: 'code', code };
  }

  async #refused(problem: Problem, { step, code, key }: Entry & { key: Key }): Promise<void> {
    switch (problem.code) {
      case 'not_checked_in':
      case 'resume_not_authorised':
        this.entry.value = { step: 'waiting', code, refusal: problem, language: language.now };
        return;
      case 'attempt_superseded':
        this.entry.value = { step: 'elsewhere', code };
        return;
      case 'forbidden':
      case 'candidate_not_found':
        this.unlink();
        return;
    }
    const isUnknown = (problem.status ?? 500) >= 500;
    if (!isUnknown) this.entry.value = { ...this.entry.value, step: ABOUT_CODE.includes(problem.code) ? 'code' : step, code: this.entry.value?.code ?? code, key, pending: false };
    if (lapses('candidacy', problem)) return;
    if (problem.code === 'too_many_attempts' && this.entry.value) {
      this.entry.value = { ...this.entry.value, lockedUntil: Date.now() + (problem.retryAfter ?? 0) * 1000 };
      return;
    }
    this.problem = problem;
    if (['test_ended', 'session_finalised', 'session_not_open', 'session_closed'].includes(problem.code)) await this.look();
  }

  /** Leaves the test on purpose. Returns what came in the way. */
  async leave(key: Key): Promise<Problem | undefined> {
    const candidacy = people.candidacy.value;
    const attempt = this.attempt.value;
    if (!candidacy || !attempt) return undefined;
    const outcome = await callsOf({ ...candidacy, token: attempt.token }).leave(key);
    if (!outcome.ok && outcome.problem.code !== 'attempt_superseded') return outcome.problem;
    this.#away(outcome.ok ? 'left' : 'elsewhere');
    await this.look();
    return undefined;
  }

  /** Calls the proctor, or takes that back. */
  async help(wanted: boolean): Promise<void> {
    const candidacy = people.candidacy.value;
    if (!candidacy || this.calling) return;
    this.calling = true;
    this.callProblem = undefined;
    const calls = callsOf({ ...candidacy, token: this.attempt.value?.token ?? candidacy.token });
    const outcome = await (wanted ? calls.call(newKey()) : calls.answer(newKey()));
    this.calling = false;
    const now = people.candidacy.value;
    if (now?.candidate.id !== candidacy.candidate.id) return;
    this.#poll?.outdate();
    if (outcome.ok) {
      people.candidacy.value = { ...now, candidate: outcome.value };
    } else if (!lapses('candidacy', outcome.problem)) {
      this.callProblem = outcome.problem;
      if (['test_ended', 'session_finalised'].includes(outcome.problem.code)) await this.look();
    }
  }

  /** Says that the page of this test is there, and reads where it stands, at the server's pace. */
  run(attempt: Attempt, watcher: Watcher): Poll<Standing> {
    return this.#read(watcher, {
      ask: (etag) => callsOf({ ...(people.candidacy.value as Candidacy), token: attempt.token }).here(etag),
      found: (standing) => {
        this.#took(standing, attempt.token);
        this.#follow(standing);
      },
      failed: ({ code }) => {
        if (code === 'attempt_superseded') this.#away('elsewhere');
        else if (code === 'unauthenticated') this.#away('code');
        else {
          watcher.lost?.();
          return true;
        }
        return false;
      },
    });
  }

  /** What the server says of the test that runs here. */
  #follow(standing: Standing): void {
    if ((standing.start ?? 0) > (this.attempt.value?.start ?? 0)) this.#away('elsewhere');
    else if (standing.status === 'interrupted') this.#away('left');
  }

  /** With the token of whoever goes on reading. */
  #took(standing: Standing, token?: string): void {
    this.#clock.heard(standing.serverTime);
    this.#isHeard = true;
    const candidacy = people.candidacy.value;
    if (candidacy?.candidate.id !== standing.id) return;
    people.candidacy.value = { ...candidacy, session: standing.session, candidate: standing };
    if (isOver(standing) || standing.session.status === 'finalised') this.close();
    else if (token) this.#live.follow(standing.live, token);
  }

  /** Reads where the candidate stands, at the server's pace, while no test runs here. */
  watch(watcher: Watcher = {}): Poll<Standing> {
    const poll: Poll<Standing> = this.#read(watcher, {
      ask: (etag) => callsOf(people.candidacy.value as Candidacy).standing(etag),
      found: (standing) => {
        this.#took(standing, people.candidacy.value?.token);
      },
      failed: async (problem) => {
        if (await renewed('candidacy', problem)) poll.again();
        else watcher.lost?.();
        return true;
      },
    });
    return poll;
  }

  #read(watcher: Watcher, { ask, found, failed }: Omit<Polling<Standing>, 'heard' | 'live' | 'soon'>): Poll<Standing> {
    let latest: Standing | undefined;
    this.#poll = new Poll<Standing>({
      live: this.#live,
      soon: spread,
      ask,
      found: (standing) => {
        latest = standing;
        found(standing);
      },
      heard: () => {
        watcher.heard?.(latest);
        latest = undefined;
      },
      failed: (problem) => {
        if (problem.code !== 'forbidden' && problem.code !== 'candidate_not_found') return failed(problem);
        this.unlink();
        return false;
      },
    });
    return this.#poll;
  }

  /** The proctor has undone the join: who they are is asked again. */
  unlink(): void {
    this.correct();
    this.unlinked = true;
  }

  /** Another session, by the same account. */
  another(): void {
    this.correct();
    this.draft.value = undefined;
  }

  /** Reads once where the candidate stands. */
  async look(): Promise<void> {
    const candidacy = people.candidacy.value;
    if (!candidacy) return;
    const outcome = await callsOf(candidacy).standing('');
    if (outcome.ok && outcome.value !== 'unchanged') this.#took(outcome.value.value);
  }

  #begin(): void {
    this.busy = true;
    this.problem = undefined;
  }

  #away(step: Entry['step']): void {
    this.attempt.value = undefined;
    this.entry.value = { step, code: this.entry.value?.code ?? '' };
    this.problem = undefined;
    this.callProblem = undefined;
  }

  #forgetTest(): void {
    this.entry.value = undefined;
    this.attempt.value = undefined;
  }
}
