// Many conversations in one act: previewed, run under a key of its own, taken back as a whole.

import { randomKey } from '../core/api.js';

export class Bulk {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
  }

  /** @param {any} command */
  preview(command) {
    return this.app.api.post('bulk/assign', { ...command, dry_run: true });
  }

  /** @param {any} command @param {(done: number, total: number) => void} onprogress */
  async run(command, onprogress) {
    const key = randomKey();
    const stop = this.app.live.on('bulk_progress', (frame) => {
      if (frame.idempotency_key === key) onprogress(frame.done, frame.total);
    });
    try {
      return await this.app.api.post('bulk/assign', command, { key });
    } finally {
      stop();
    }
  }

  /** @param {string} operation */
  undo(operation) {
    return this.app.api.post(`operations/${operation}/undo`);
  }
}
