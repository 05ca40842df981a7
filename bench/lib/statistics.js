'use strict';

// Medians and quartiles: a few rounds on a machine that does other things too have outliers, and means follow them.

/** The value below which that part of the sorted samples lies, between two of them by proportion. */
function quantile(samples, part) {
  const sorted = [...samples].sort((one, other) => one - other);
  const at = (sorted.length - 1) * part;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

function median(samples) {
  return quantile(samples, 0.5);
}

/** The median, and the middle half of the samples as the spread. */
function summary(samples) {
  return { median: median(samples), low: quantile(samples, 0.25), high: quantile(samples, 0.75) };
}

module.exports = { median, summary };
