// The differences between two texts, line by line.

/** The most lines of each side that are compared: the effort grows with their product. */
const MOST = 2000;

/** Compares the lines of two texts. @returns {{ sign: ' ' | '-' | '+', line: string }[]} */
export function differences(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let [end, otherEnd] = [before.length, after.length];
  while (end > start && otherEnd > start && before[end - 1] === after[otherEnd - 1]) {
    end--;
    otherEnd--;
  }
  return [
    ...signed(' ', before.slice(0, start)),
    ...between(before.slice(start, end), after.slice(start, otherEnd)),
    ...signed(' ', before.slice(end)),
  ];
}

function signed(sign, lines) {
  return lines.map((line) => ({ sign, line }));
}

/** Compares the lines between the common beginning and the common end. */
function between(before, after) {
  if (before.length > MOST || after.length > MOST) {
    return [...signed('-', before), ...signed('+', after)];
  }
  const common = commonLengths(before, after);
  const found = [];
  let [at, other] = [0, 0];
  while (at < before.length && other < after.length) {
    if (before[at] === after[other]) {
      found.push({ sign: ' ', line: before[at] });
      at++;
      other++;
    } else if (common[at + 1][other] >= common[at][other + 1]) {
      found.push({ sign: '-', line: before[at++] });
    } else {
      found.push({ sign: '+', line: after[other++] });
    }
  }
  return [...found, ...signed('-', before.slice(at)), ...signed('+', after.slice(other))];
}

/** Computes the length of the longest common sequence of each pair of endings. */
function commonLengths(before, after) {
  const lengths = Array.from(
    { length: before.length + 1 },
    () => new Uint16Array(after.length + 1),
  );
  for (let at = before.length - 1; at >= 0; at--) {
    for (let other = after.length - 1; other >= 0; other--) {
      lengths[at][other] =
        before[at] === after[other]
          ? lengths[at + 1][other + 1] + 1
          : Math.max(lengths[at + 1][other], lengths[at][other + 1]);
    }
  }
  return lengths;
}
