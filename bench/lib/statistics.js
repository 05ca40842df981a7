'use strict';

// Medians and quartiles. No means: they follow the outliers that other work of the machine causes.

/** Gives the value below which that part of the samples lies, interpolated between two of them. */
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

/** Gives the median, and the middle half of the samples as the spread. */
function summary(samples) {
  return { median: median(samples), low: quantile(samples, 0.25), high: quantile(samples, 0.75) };
}

module.exports = { median, summary };
