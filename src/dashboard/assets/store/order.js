// The order of every list of conversations: newest activity first, then the greater id.

/** @typedef {{last_activity_at: string, id: string}} Place */

/** @param {Place} one @param {Place} other @returns {number} negative when the first stands above */
export function compare(one, other) {
  if (one.last_activity_at !== other.last_activity_at) {
    return one.last_activity_at > other.last_activity_at ? -1 : 1;
  }
  if (one.id === other.id) return 0;
  return one.id > other.id ? -1 : 1;
}

/** How many of the sorted rows stand above a place. @param {Place[]} rows @param {Place} place */
export function above(rows, place) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(rows[middle], place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
