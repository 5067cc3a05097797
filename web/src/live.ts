import type { Announced } from './api/client';

/** How long a socket may be silent until it has subscribed, and how often that is looked at; in milliseconds. */
const [PATIENCE, LOOK] = [15_000, 5_000];
/** How long until another one is tried: at first, doubled each time, at most; in milliseconds. */
const [AT_FIRST, AT_MOST] = [4_000, 60_000];

/** Hears that something has changed, by the protocol of AWS AppSync Events. Without it the page only asks more often. */
export class Live {
  heardAt = 0;
  /** Something has changed, or may have before changes were told. */
  changed = (): void => undefined;
  /** From now on changes are not told. */
  lost = (): void => undefined;
  #to: Announced | undefined;
  #token = '';
  /** The token with which it is not tried again. */
  #refused: string | undefined;
  #socket: WebSocket | undefined;
  /** Since when changes are told; 0 while they are not. */
  #since = 0;
  #look: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;

  get stands(): boolean {
    return this.#since > 0;
  }

  /** Listens where an answer to this token says, or no more. A socket that is there already goes on, whatever its token. */
  follow(to: Announced | undefined, token: string): void {
    if (to?.url !== this.#to?.url || to?.channel !== this.#to?.channel) this.close();
    this.#token = token;
    if (to && !this.#to && token !== this.#refused) this.#connect(to);
  }

  close(): void {
    this.#to = undefined;
    this.#drop();
  }

  #connect(to: Announced): void {
    this.#to = to;
    this.heardAt = Date.now();
    const token = this.#token;
    const authorization = { host: to.host, Authorization: token };
    // An address would be logged on the way; this is not.
    const header = btoa(JSON.stringify(authorization)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    let [patience, silence] = [PATIENCE, PATIENCE];
    const lose = () => {
      this.#lose(to);
    };
    // By the clock: a computer that has slept notices too.
    this.#look = setInterval(() => {
      if (Date.now() - this.heardAt > patience) lose();
    }, LOOK);
    try {
      const socket = (this.#socket = new WebSocket(to.url, ['aws-appsync-event-ws', `header-${header}`]));
      socket.onopen = () => {
        socket.send(JSON.stringify({ type: 'connection_init' }));
      };
      socket.onclose = lose;
      socket.onmessage = ({ data }: MessageEvent<string>) => {
        const { type, connectionTimeoutMs, errors } = JSON.parse(data) as { type: string; connectionTimeoutMs?: number; errors?: { errorType: string }[] };
        this.heardAt = Date.now();
        if (type === 'connection_ack') {
          silence = connectionTimeoutMs ?? PATIENCE;
          socket.send(JSON.stringify({ type: 'subscribe', id: crypto.randomUUID(), channel: to.channel, authorization }));
        } else if (type === 'subscribe_success') {
          patience = silence;
          this.#since = Date.now();
          this.changed();
        } else if (type === 'data') {
          this.changed();
        } else if (type.endsWith('_error')) {
          if (errors?.some(({ errorType }) => errorType.startsWith('Unauthorized'))) this.#refused = token;
          lose();
        }
      };
    } catch {
      lose();
    }
  }

  #lose(to: Announced): void {
    const { stands } = this;
    // One that is cut again and again is none.
    if (stands && Date.now() - this.#since > AT_MOST) this.#tries = 0;
    this.#drop();
    if (this.#token === this.#refused) {
      this.#to = undefined;
    } else {
      const backOff = Math.min(AT_MOST, AT_FIRST * 2 ** this.#tries++);
      // At any time until then: a whole country may lose its sockets together, and AppSync lets only so many in at once.
      const atMost = stands ? AT_MOST : backOff;
      this.#retry = setTimeout(() => {
        this.#connect(to);
      }, Math.random() * atMost);
    }
    if (stands) this.lost();
  }

  #drop(): void {
    clearInterval(this.#look);
    clearTimeout(this.#retry);
    this.#since = 0;
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = undefined;
  }
}
