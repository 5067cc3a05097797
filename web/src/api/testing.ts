import type { Announced, Candidate } from './client';

/** A candidate as nobody has touched them, but for this. */
export function candidate(more: Partial<Candidate>): Candidate {
  return {
    id: '',
    firstName: '',
    lastName: '',
    birthdate: '2012-05-31',
    status: 'enrolled',
    joined: false,
    resumeAuthorised: false,
    overtime: false,
    extraTimePercent: 0,
    extraMinutes: 0,
    ...more,
  };
}

/** Where changes are told. */
export const TO: Announced = { url: 'wss://events.example/event/realtime', host: 'api.example', channel: '/room/1234567/abc', refreshAfterSeconds: 300 };

/** A socket whose server is the test. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1) as FakeSocket;
  }
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;
  silent = false;
  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this);
  }
  static open(): number {
    return FakeSocket.all.filter(({ closed }) => !closed).length;
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
    setTimeout(() => this.onclose?.());
  }
  cut(): void {
    this.closed = true;
    this.onclose?.();
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  tell(): void {
    this.say({ type: 'data', id: 'any', event: '{"changed":true}' });
  }
  /** As a server does that lets it in. */
  stand(): void {
    this.onopen?.();
    this.say({ type: 'connection_ack', connectionTimeoutMs: 300_000 });
    this.say({ type: 'subscribe_success', id: 'any' });
    setInterval(() => {
      if (!this.silent) this.say({ type: 'ka' });
    }, 60_000);
  }
}
