// The websocket: it comes back by itself, and each view goes on where it was.
//
// A view is a name and a receiver. The receiver holds the position; this module only sees to it that the
// server is asked for what is missing, and knows whether all views are current.

import { Emitter } from './dom.js';

/** @typedef {import('./types.js').Frame} Frame */
/**
 * @typedef {object} Receiver
 * @property {() => number|null} position the last commit that it holds, null before the first snapshot
 * @property {(frame: Frame) => 'ignored'|'applied'|'gap'|'wrong'|'verified'} receive
 */
/** @typedef {{view: string, receiver: Receiver, epoch: string|null, isCurrent: boolean}} Subscription */

const PROTOCOL = 'ochre.live.v1';
const WAIT_FIRST = 200;
const WAIT_MOST = 8_000;
/** An answer to a ping takes no longer than that, or the connection is not there any more. */
const PONG_WITHIN = 4_000;
/** A timer that comes so much too late was asleep. */
const ASLEEP = 5_000;
/** Frames that need no view to say what they are about. @type {Record<string, string>} */
const NAMELESS = { counts: 'counts', stats: 'stats' };

/** Tells of `state`, `welcome`, `notification`, `presence`, `bulk_progress`, `user`, `counts`, `stats`, `ended`. */
export class Live extends Emitter {
  constructor() {
    super();
    /** @type {WebSocket|null} */
    this.socket = null;
    /** @type {Map<string, Subscription>} */
    this.subscriptions = new Map();
    this.epoch = null;
    /** @type {'live'|'catching up'|'offline'} */
    this.state = 'catching up';
    /** When a beacon last agreed with what is held. @type {number|null} */
    this.verifiedAt = null;
    this.attempt = 0;
    this.isWanted = false;
    this.isWelcome = false;
    this.heardAt = 0;
    this.heartbeat = 25_000;
    /** @type {{conversation: string, state: string}|null} */
    this.presence = null;
    this.wait = 0;
    addEventListener('online', () => this.#now());
    document.addEventListener('visibilitychange', () => !document.hidden && this.#probe());
    let ticked = Date.now();
    setInterval(() => {
      const slept = Date.now() - ticked > ASLEEP;
      ticked = Date.now();
      if (slept || Date.now() - this.heardAt > this.heartbeat) this.#probe();
    }, 2_000);
  }

  start() {
    this.isWanted = true;
    this.#now();
  }

  stop() {
    this.isWanted = false;
    clearTimeout(this.wait);
    this.socket?.close(1000);
    this.subscriptions.clear();
    this.presence = null;
    this.verifiedAt = null;
  }

  /**
   * @param {string} view
   * @param {Receiver} receiver
   * @param {string|null} [epoch] under which it learnt its position, when it has one from before
   */
  subscribe(view, receiver, epoch = null) {
    if (this.subscriptions.has(view)) this.#send({ type: 'unsubscribe', view });
    const subscription = { view, receiver, epoch, isCurrent: false };
    this.subscriptions.set(view, subscription);
    this.#ask(subscription);
    this.#tell();
  }

  /** @param {string} view @returns {string|null} the epoch of the position that the receiver holds */
  unsubscribe(view) {
    const subscription = this.subscriptions.get(view);
    if (!subscription) return null;
    this.subscriptions.delete(view);
    this.#send({ type: 'unsubscribe', view });
    this.#tell();
    return subscription.epoch;
  }

  /** Says what this person does in a conversation. @param {string} conversation @param {'viewing'|'composing'|'left'} state */
  present(conversation, state) {
    const same = this.presence?.conversation === conversation && this.presence.state === state;
    if (same) return;
    this.presence = state === 'left' ? null : { conversation, state };
    this.#send({ type: 'presence', conversation, state });
  }

  #now() {
    if (!this.isWanted || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    clearTimeout(this.wait);
    this.#connect();
  }

  #connect() {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/v1/live`, PROTOCOL);
    this.socket = socket;
    this.isWelcome = false;
    for (const subscription of this.subscriptions.values()) subscription.isCurrent = false;
    socket.onmessage = (event) => {
      this.heardAt = Date.now();
      if (this.socket === socket) this.#receive(JSON.parse(event.data));
    };
    socket.onclose = (event) => this.socket === socket && this.#closed(event.code);
  }

  /** @param {number} code */
  #closed(code) {
    this.socket = null;
    this.isWelcome = false;
    for (const subscription of this.subscriptions.values()) subscription.isCurrent = false;
    if (!this.isWanted) return;
    if (code === 4001 || code === 4003) {
      this.isWanted = false;
      this.emit('ended', code);
      return;
    }
    this.attempt += 1;
    const longest = Math.min(WAIT_MOST, WAIT_FIRST * 2 ** Math.min(this.attempt, 10));
    // Full jitter: after a restart not everybody comes back in the same instant.
    this.wait = window.setTimeout(() => this.#connect(), WAIT_FIRST / 2 + Math.random() * longest);
    this.#tell();
    // A handshake that is refused looks like a broken line; only a request can tell the two apart.
    this.emit('lost', this.attempt);
  }

  /** Finds out whether the connection is still there. */
  #probe() {
    if (!this.isWanted) return;
    if (!this.socket || this.socket.readyState !== WebSocket.OPEN) {
      this.#now();
      return;
    }
    const socket = this.socket;
    const asked = Date.now();
    this.#send({ type: 'ping' });
    setTimeout(() => {
      if (this.socket !== socket || this.heardAt >= asked) return;
      // The network forgot it, and closing would wait for an answer that cannot come.
      socket.onclose = null;
      socket.onmessage = null;
      socket.close();
      this.#closed(1006);
    }, PONG_WITHIN);
  }

  /** @param {any} frame */
  #send(frame) {
    if (this.isWelcome || frame.type === 'ping') {
      if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
    }
  }

  /** @param {Subscription} subscription */
  #ask(subscription) {
    const seq = subscription.receiver.position();
    const resume = seq !== null && subscription.epoch ? { epoch: subscription.epoch, seq } : undefined;
    subscription.isCurrent = false;
    this.#send({ type: 'subscribe', view: subscription.view, resume });
  }

  /** @param {Frame} frame */
  #receive(frame) {
    switch (frame.type) {
      case 'welcome':
        this.epoch = frame.epoch;
        this.heartbeat = (frame.heartbeat_s || 25) * 1_000;
        this.isWelcome = true;
        this.attempt = 0;
        for (const subscription of this.subscriptions.values()) this.#ask(subscription);
        if (this.presence) this.#send({ type: 'presence', ...this.presence });
        this.#tell();
        this.emit('welcome', frame);
        break;
      case 'resync':
        this.#again(frame.view, false);
        break;
      case 'error':
        this.#failed(frame);
        break;
      case 'pong':
        break;
      default: {
        const view = frame.view ?? NAMELESS[frame.type];
        if (view && this.subscriptions.has(view)) this.#deliver(view, frame);
        if (!frame.view) this.emit(frame.type, frame);
      }
    }
  }

  /** @param {string} view @param {Frame} frame */
  #deliver(view, frame) {
    const subscription = this.subscriptions.get(view);
    const wasCurrent = subscription.isCurrent;
    const outcome = subscription.receiver.receive(frame);
    if (outcome === 'gap' && wasCurrent) {
      this.#again(view, true);
    } else if (outcome === 'wrong') {
      this.emit('healed', view);
      this.#again(view, false);
    } else if (outcome !== 'gap') {
      subscription.epoch = this.epoch;
      subscription.isCurrent = true;
      if (outcome === 'verified') this.verifiedAt = Date.now();
    }
    if (wasCurrent !== subscription.isCurrent || outcome === 'verified') this.#tell();
  }

  /** @param {string} view @param {boolean} goOn whether to keep the position */
  #again(view, goOn) {
    const subscription = this.subscriptions.get(view);
    if (!subscription) return;
    if (!goOn) subscription.epoch = null;
    this.#send({ type: 'unsubscribe', view });
    this.#ask(subscription);
    this.#tell();
  }

  /** @param {Frame} frame */
  #failed(frame) {
    if (frame.code === 'not_found' || frame.code === 'unknown_view') {
      const subscription = this.subscriptions.get(frame.view);
      if (subscription) subscription.isCurrent = true;
      this.emit('refused', frame);
      this.#tell();
    }
  }

  #tell() {
    const all = [...this.subscriptions.values()];
    const isCurrent = this.isWelcome && all.every((subscription) => subscription.isCurrent);
    const isOffline = !this.socket && this.attempt > 1;
    this.state = isCurrent ? 'live' : isOffline ? 'offline' : 'catching up';
    this.emit('state', this.state);
  }
}
