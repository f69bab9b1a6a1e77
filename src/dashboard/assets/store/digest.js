// SHA-256 and the sum by which the server proves what a list holds.
//
// The browser has the digest too, but only asynchronously and only on secure origins; a dashboard on a plain
// address of the office network must be able to check itself as well. The texts are short: one block or two.

const ROUND = new Uint32Array(64);
const START = new Uint32Array(8);

// The constants are the first 32 bits of the fractions of the roots of the first primes (FIPS 180-4).
for (let candidate = 2, found = 0; found < 64; candidate += 1) {
  let isPrime = true;
  for (let by = 2; by * by <= candidate; by += 1) isPrime &&= candidate % by !== 0;
  if (!isPrime) continue;
  const fraction = (/** @type {number} */ root) => Math.floor((root - Math.floor(root)) * 2 ** 32);
  if (found < 8) START[found] = fraction(Math.sqrt(candidate));
  ROUND[found] = fraction(Math.cbrt(candidate));
  found += 1;
}

const words = new Uint32Array(64);
const state = new Uint32Array(8);
const encoder = new TextEncoder();

/** @param {number} value @param {number} by */
const turn = (value, by) => (value >>> by) | (value << (32 - by));

/** @param {DataView} block @param {number} at */
function compress(block, at) {
  for (let i = 0; i < 16; i += 1) words[i] = block.getUint32(at + i * 4);
  for (let i = 16; i < 64; i += 1) {
    const early = words[i - 15];
    const late = words[i - 2];
    const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16] + low + words[i - 7] + high;
  }
  let [a, b, c, d, e, f, g, k] = state;
  for (let i = 0; i < 64; i += 1) {
    const mix = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const first = (k + mix + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const spread = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const second = (spread + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    k = g; g = f; f = e; e = (d + first) | 0;
    d = c; c = b; b = a; a = (first + second) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += k;
}

/** @param {string} text @returns {bigint} the first eight bytes of its SHA-256 */
export function digestOf(text) {
  const bytes = encoder.encode(text);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, bytes.length * 8);
  state.set(START);
  for (let at = 0; at < padded.length; at += 64) compress(view, at);
  return (BigInt(state[0]) << 32n) | BigInt(state[1]);
}

/** @type {WeakMap<object, bigint>} */
const known = new WeakMap();

/**
 * The wrapping sum over rows, as a beacon writes it. A row's part is worked out once.
 *
 * @param {{id: string, version: number}[]} rows
 * @param {number} count how many of them, from the first
 */
export function sumOf(rows, count) {
  let sum = 0n;
  for (let at = 0; at < count; at += 1) {
    const row = rows[at];
    let part = known.get(row);
    if (part === undefined) {
      part = digestOf(`${row.id}:${row.version}`);
      known.set(row, part);
    }
    sum += part;
  }
  return (sum & 0xffffffffffffffffn).toString(16).padStart(16, '0');
}
