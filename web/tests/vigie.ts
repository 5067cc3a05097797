import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { components } from '../src/api/schema';

type Schemas = components['schemas'];
export type Credentials = Schemas['Credentials'];
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const ORGANISER = { email: 'organisateur@example.org', password: 'Organisation1' };
const PASSWORD = 'Certification1';

/** When something is in a session of Paris, `14:05`. */
export function inTime(instant: string): string {
  return new Intl.DateTimeFormat('fr', { timeStyle: 'short', timeZone: 'Europe/Paris' }).format(new Date(instant));
}

async function run({ settings, data, organisers = [] }: Server, port: string): Promise<[string, ChildProcess]> {
  const program = spawn(`${ROOT}target/debug/vigie`, ['--port', port, '--no-demo', ...(data ? ['--data', data] : []), ...organisers.flatMap((email) => ['--organiser', email])], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...PACES, ...settings },
  });
  for await (const line of createInterface({ input: program.stdout })) {
    const url = /^ready (.*)$/.exec(line)?.[1];
    if (url) return [url, program];
  }
  throw new Error('vigie ended before it was ready: build it with cargo build');
}

/** Now, as a session of Paris has it. */
export function inParis(): { date: string; time: string } {
  const now = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short', timeZone: 'Europe/Paris' }).format();
  const [date = '', time = ''] = now.split(' ');
  return { date, time };
}

/**
 * What a person waits for a quarter of a minute, a test does not. How often pages ask while changes are pushed to them
 * stays as it is: what a test sees sooner was pushed.
 */
const PACES = { WAITING_REFRESH_SECONDS: '1', RUNNING_REFRESH_SECONDS: '1', BOARD_REFRESH_SECONDS: '1' };

/** How a server differs from what most tests use. */
export interface Server {
  settings?: Record<string, string>;
  /** Where its data stay when it ends. */
  data?: string;
  /** Who joins the organiser's centre as they sign up. */
  organisers?: string[];
}

/** A whole Vigie of its own, served by the real program. */
export class Vigie {
  #people = 0;

  private constructor(
    readonly server: Server,
    readonly url: string,
    private program: ChildProcess,
  ) {}

  static async start(server: Server = {}): Promise<Vigie> {
    return new Vigie(server, ...(await run(server, '0')));
  }

  stop(): void {
    this.program.kill();
  }

  /** Ends it, and starts it again at the same address once `meanwhile` is over. */
  async restart(meanwhile: () => Promise<void>): Promise<void> {
    this.stop();
    await once(this.program, 'exit');
    await meanwhile();
    [, this.program] = await run(this.server, new URL(this.url).port);
  }

  async call<T>(method: string, path: string, token?: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  async logIn(credentials: Credentials): Promise<string> {
    return (await this.call<Schemas['LoggedIn']>('POST', '/login', undefined, credentials)).accessToken;
  }

  /** A new account. */
  async account(firstName: string, lastName: string): Promise<Credentials> {
    const email = `personne${++this.#people}@example.org`;
    await this.call('POST', '/accounts', undefined, { firstName, lastName, email, password: PASSWORD, acceptTerms: true });
    return { email, password: PASSWORD };
  }

  /** A session that begins now, with these candidates. */
  async room(pupils: Schemas['NewCandidate'][]): Promise<TestRoom> {
    const organiser = await this.logIn(ORGANISER);
    const kit = await this.call<Schemas['Kit']>('POST', '/sessions', organiser, {
      ...inParis(),
      timeZone: 'Europe/Paris',
      site: 'Collège Jean Moulin',
      room: 'Salle 12',
      examiner: 'AED',
    });
    const candidates: Schemas['CandidateView'][] = [];
    for (let at = 0; at < pupils.length; at += 99) {
      const enrolled = await this.call<Schemas['Enrolled']>('POST', `/sessions/${kit.number}/candidates`, organiser, { candidates: pupils.slice(at, at + 99) });
      candidates.push(...enrolled.candidates);
    }
    const account = await this.account('Dominique', 'Surveillant');
    const proctor = await this.call<Schemas['Proctoring']>('POST', `/sessions/${kit.number}/proctors`, await this.logIn(account), { password: kit.sessionPassword });
    return new TestRoom(this, kit, candidates, account, organiser, proctor.accessToken);
  }
}

/** A room, with the API's own verbs for what happens beside the page. */
export class TestRoom {
  constructor(
    readonly vigie: Vigie,
    readonly kit: Schemas['Kit'],
    readonly candidates: Schemas['CandidateView'][],
    readonly proctorAccount: Credentials,
    readonly organiser: string,
    readonly proctor: string,
  ) {}

  pupil(candidate: number): Schemas['CandidateView'] {
    const pupil = this.candidates[candidate];
    if (!pupil) throw new Error(`the room has no candidate ${candidate}`);
    return pupil;
  }

  path(candidate: number, action: string): string {
    return `/sessions/${this.kit.number}/candidates/${this.pupil(candidate).id}/${action}`;
  }

  /** A new account joins as this candidate; returns the candidate's token. */
  async join(candidate: number): Promise<string> {
    const { firstName, lastName, birthdate } = this.pupil(candidate);
    const account = await this.vigie.logIn(await this.vigie.account(firstName, lastName));
    const joined = await this.vigie.call<Schemas['Joined']>('POST', `/sessions/${this.kit.number}/join`, account, { firstName, lastName, birthdate });
    return joined.accessToken;
  }

  tick(candidate: number, present = true): Promise<Schemas['CandidateView']> {
    return this.vigie.call('PUT', this.path(candidate, 'presence'), this.proctor, { present });
  }

  /** Tries to start; a refusal is not an error here. */
  async start(candidate: number, token: string): Promise<void> {
    await this.vigie.call('POST', this.path(candidate, 'start'), token, { accessCode: this.kit.accessCode }).catch(() => undefined);
  }

  /** Joined, ticked, started; returns the candidate's token. */
  async running(candidate: number): Promise<string> {
    const token = await this.join(candidate);
    await this.tick(candidate);
    await this.start(candidate, token);
    return token;
  }

  leave(candidate: number, token: string): Promise<void> {
    return this.vigie.call('POST', this.path(candidate, 'leave'), token);
  }
}

const FIRST = ['Zoé', 'Camille', 'Hugo', 'Anaïs', 'Léo', 'Inès', 'Noah', 'Jade', 'Gaël', 'Maïa'];
const LAST = ['Bernard', 'Martin', 'Lefèvre', 'Nguyen', 'Œuvrard', 'Da Silva'];

/** So many pupils, each of another name. */
export function pupils(count: number): Schemas['NewCandidate'][] {
  return Array.from({ length: count }, (_, n) => ({
    firstName: FIRST[n % FIRST.length] ?? '',
    lastName: LAST[Math.floor(n / FIRST.length) % LAST.length] ?? '',
    birthdate: `2012-05-${String(1 + (n % 28)).padStart(2, '0')}`,
    ...(n % 7 === 3 && { extraTimePercent: 33 }),
  }));
}
