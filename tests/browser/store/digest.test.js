// The digest against the one that Node has, and the sum against the contract's.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { digestOf, sumOf } from '../../../src/dashboard/assets/store/digest.js';

/** @param {string} text */
const expected = (text) => BigInt(`0x${createHash('sha256').update(text).digest('hex').slice(0, 16)}`);

test('the first eight bytes are those of SHA-256, whatever the length', () => {
  for (let length = 0; length < 200; length += 1) {
    const text = 'ä9x'.repeat(70).slice(0, length);
    assert.equal(digestOf(text), expected(text), `${length} characters`);
  }
});

test('the sum wraps at 64 bits and does not depend on the order', () => {
  const rows = Array.from({ length: 50 }, (_, number) => ({ id: `conv_${number}`, version: number }));
  const sum = rows.reduce((total, { id, version }) => (total + expected(`${id}:${version}`)) & 0xffffffffffffffffn, 0n);
  assert.equal(sumOf(rows, 50), sum.toString(16).padStart(16, '0'));
  assert.equal(sumOf([...rows].reverse(), 50), sumOf(rows, 50));
  assert.equal(sumOf([], 0), '0000000000000000');
});
