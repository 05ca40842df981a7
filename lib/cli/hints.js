'use strict';

// Hints for names that do not exist: the name that was probably meant.

/** Counts the characters to insert, remove, replace or swap to get one text from another. */
function distance(from, to) {
  let [before, last] = [[], Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      row[j] = Math.min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[to.length];
}

/** Finds the name most like a word: one that begins with it, or differs in few characters. */
function nearest(word, names) {
  if (word.length < 2 || word.length > 40) return undefined;
  const longer = names.filter((name) => name.startsWith(word));
  if (longer.length === 1) return longer[0];
  const farthest = Math.max(1, Math.floor(word.length / 3));
  const distances = names.map((name) => distance(word, name));
  const least = Math.min(...distances);
  return least <= farthest ? names[distances.indexOf(least)] : undefined;
}

module.exports = { nearest };
