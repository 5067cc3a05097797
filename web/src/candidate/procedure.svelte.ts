import { api, newKey, type Key, type Problem, type Standing } from '../api/client';
import { wrongFields, type Wrong } from '../form.svelte';
import { language } from '../language.svelte';
import { lapses, people, renewed, type Candidacy } from '../people.svelte';
import { Poll } from '../poll';
import { Stored } from '../stored.svelte';
import { readBirthdate } from '../birthdate';
import { screenFor, startOf, type Attempt, type Draft, type Entry, type Screen } from './next';

/** The candidate's calls, by this token. */
export const callsOf = ({ token, session, candidate }: Candidacy) => api.as(token).session(session.number).candidate(candidate.id);

/** The candidate's way through the procedure; a reload at any point of it changes nothing. */
export class Procedure {
  readonly draft = new Stored<Draft>('candidate.draft');
  readonly entry = new Stored<Entry>('candidate.entry');
  readonly attempt = new Stored<Attempt>('candidate.attempt');
  /** What came in the way of what was last asked for. */
  problem = $state.raw<Problem | undefined>();
  wrong = $state.raw<Wrong>({});
  busy = $state(false);
  /** The proctor has undone the join. */
  unlinked = $state(false);

  get screen(): Screen {
    return screenFor({ draft: this.draft.value, candidacy: people.candidacy.value, entry: this.entry.value, attempt: this.attempt.value });
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
      const { accessToken: token, session, candidate } = outcome.value;
      this.#forgetTest();
      this.unlinked = false;
      people.candidacy.value = { token, session, candidate };
    } else if (outcome.problem.errors.length) {
      this.wrong = wrongFields(outcome.problem);
      this.correct();
    } else if (!lapses('account', outcome.problem)) {
      this.problem = outcome.problem;
    }
  }

  /** Back to who they are, with what was typed. */
  correct(): void {
    people.candidacy.value = undefined;
    this.#forgetTest();
    this.problem = undefined;
    if (this.draft.value) this.draft.value = { ...this.draft.value, confirming: false };
  }

  /** The access code as far as it is typed. */
  type(code: string): void {
    const before = this.entry.value;
    // What was typed anew is not sent by itself.
    this.entry.value = { step: 'code', ...before, code, pending: before?.pending === true && before.code === code };
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
    if (!isUnknown) this.entry.value = { ...this.entry.value, step: problem.code === 'wrong_access_code' ? 'code' : step, code: this.entry.value?.code ?? code, key, pending: false };
    if (lapses('candidacy', problem)) return;
    this.problem = problem;
    if (['test_ended', 'session_finalised'].includes(problem.code)) await this.#look();
  }

  /** Leaves the test on purpose. Returns what came in the way. */
  async leave(key: Key): Promise<Problem | undefined> {
    const candidacy = people.candidacy.value;
    const attempt = this.attempt.value;
    if (!candidacy || !attempt) return undefined;
    const outcome = await callsOf({ ...candidacy, token: attempt.token }).leave(key);
    if (!outcome.ok && outcome.problem.code !== 'attempt_superseded') return outcome.problem;
    this.#away(outcome.ok ? 'left' : 'elsewhere');
    await this.#look();
    return undefined;
  }

  /** What the server says of the test that runs here. */
  follow(standing: Standing): void {
    this.took(standing);
    if ((standing.start ?? 0) > (this.attempt.value?.start ?? 0)) this.#away('elsewhere');
    else if (standing.status === 'interrupted') this.#away('left');
  }

  took(standing: Standing): void {
    const candidacy = people.candidacy.value;
    if (candidacy?.candidate.id === standing.id) people.candidacy.value = { token: candidacy.token, session: standing.session, candidate: standing };
  }

  /** Reads where the candidate stands, at the server's pace, while no test runs here. */
  watch(watcher: { heard?: (standing?: Standing) => void; lost?: () => void } = {}): Poll<Standing> {
    let latest: Standing | undefined;
    const poll: Poll<Standing> = new Poll<Standing>({
      ask: (etag) => callsOf(people.candidacy.value as Candidacy).standing(etag),
      found: (standing) => {
        latest = standing;
        this.took(standing);
      },
      heard: () => {
        watcher.heard?.(latest);
        latest = undefined;
      },
      failed: async (problem) => {
        if (problem.code === 'forbidden' || problem.code === 'candidate_not_found') {
          this.unlink();
          return false;
        }
        if (await renewed('candidacy', problem)) poll.again();
        else watcher.lost?.();
        return true;
      },
    });
    return poll;
  }

  /** The test's token is no longer taken: the code is asked for again. */
  expire(): void {
    this.#away('code');
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

  async #look(): Promise<void> {
    const candidacy = people.candidacy.value;
    if (!candidacy) return;
    const outcome = await callsOf(candidacy).standing('');
    if (outcome.ok && outcome.value !== 'unchanged') this.took(outcome.value.value);
  }

  #begin(): void {
    this.busy = true;
    this.problem = undefined;
  }

  #away(step: Entry['step']): void {
    this.attempt.value = undefined;
    this.entry.value = { step, code: this.entry.value?.code ?? '' };
    this.problem = undefined;
  }

  #forgetTest(): void {
    this.entry.value = undefined;
    this.attempt.value = undefined;
  }
}
