// A server of its own for each file of tests: on a free port, with data in a temporary folder.

import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const program = process.env.OCHRE ?? path.join(root, 'target/debug/ochre');
export const PASSWORD = 'correct horse battery';

/** Beacons come every second, so that a test sees one soon; sign-ins are not what is measured. */
const SETTINGS = {
  OCHRE_LIVE__BEACON_SECONDS: '1',
  OCHRE_LIVE__PRESENCE_GRACE_SECONDS: '1',
  OCHRE_LIVE__DRAIN_SECONDS: '0',
  OCHRE_AUTH__ARGON2_MEMORY_KIB: '64',
  OCHRE_AUTH__ARGON2_ITERATIONS: '1',
  OCHRE_TELEMETRY__LOG: 'warn',
};

export class Server {
  /** @param {string} folder @param {string} token @param {Record<string, string>} settings */
  constructor(folder, token, settings) {
    this.folder = folder;
    this.token = token;
    this.settings = settings;
    this.port = 0;
    this.numbers = 0;
    /** @type {import('node:child_process').ChildProcess} */
    this.process = null;
  }

  /** @param {Record<string, string>} [settings] */
  static async start(settings = {}) {
    const folder = await mkdtemp(path.join(tmpdir(), 'ochre-browser-'));
    const environment = { ...process.env, ...SETTINGS, ...settings };
    const made = await promisify(execFile)(program, [
      'init', '--data', folder, '--workspace', 'Lantern', '--owner', 'olga@example.com', '--json',
    ], { env: environment });
    const server = new Server(folder, JSON.parse(made.stdout).token, environment);
    await server.open();
    return server;
  }

  /** Opens the door; after a kill on the same port, where browsers look for it. */
  async open() {
    this.process = spawn(program, ['serve', '--data', this.folder, '--listen', `127.0.0.1:${this.port}`], {
      env: this.settings, stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = readline.createInterface({ input: this.process.stdout });
    const [line] = await Promise.race([
      once(lines, 'line'),
      once(this.process, 'exit').then(([code]) => { throw new Error(`the server ended with ${code}`); }),
    ]);
    this.port = Number(/:(\d+)$/.exec(line)[1]);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @param {NodeJS.Signals} [signal] */
  async kill(signal = 'SIGKILL') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }

  async stop() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * @param {string} method @param {string} route below /v1/ @param {any} [body] @param {string} [token]
   * @param {Record<string, string>} [headers]
   */
  async ask(method, route, body, token = this.token, headers = {}) {
    const response = await fetch(`${this.url}/v1/${route}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  }

  /** The same, when it has to work. @param {string} method @param {string} route @param {any} [body] @param {string} [token] */
  async must(method, route, body, token) {
    const answer = await this.ask(method, route, body, token);
    if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Somebody who can sign in. @param {string} name @param {string} role */
  async hire(name, role) {
    const email = `${name.toLowerCase()}@example.com`;
    const user = await this.must('POST', 'users', { name, email, role, password: PASSWORD });
    const { token } = await this.must('POST', 'tokens', { name: 'test', kind: 'user', user: user.id });
    return { ...user, token };
  }

  /** @param {any} [facts] */
  async converse(facts = {}) {
    this.numbers += 1;
    const number = this.numbers;
    return this.must('POST', 'conversations', {
      channel: 'email', subject: `Question ${number}`, customer: { name: `Customer ${number}`, email: `c${number}@customers.example` },
      body: `I have question number ${number}.`, ...facts,
    });
  }
}
