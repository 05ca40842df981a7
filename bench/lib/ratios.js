'use strict';

// The result for each target whose trial was run.

const { TARGETS } = require('../targets');
const { inThousands } = require('./measures');
const { summary } = require('./statistics');

/** Divides samples round by round, so that a disturbance of a whole round cancels out. */
function ratios(samples, others) {
  return summary(samples.map((sample, round) => sample / others[round]));
}

/** Finds the store with the best median among those that a target is compared with. */
function bestOf(stores, { than, measure, fairShare = 0 }) {
  return [than]
    .flat()
    .map((name) => stores[name])
    .filter((store) => store?.[measure])
    .filter(({ share }) => (share?.median ?? 1) >= fairShare)
    .sort((one, other) => one[measure].median - other[measure].median)[0];
}

function outcome(target, trials) {
  const { measure, store, smaller, than, floor } = target;
  const stores = trials.get(target.trial)?.stores;
  const ours = stores?.[store]?.[measure];
  if (!ours) return undefined;
  if (!smaller && !than) return { ours };

  const other = smaller ? itself(trials.get(smaller), target) : bestOf(stores, target);
  if (!other?.[measure]) return undefined;
  const { samples } = other[measure];
  const least = stores[floor]?.[measure];
  return {
    ours,
    ratio: ratios(ours.samples, samples),
    other: { label: other.label, ...other[measure] },
    leastRatio: least && ratios(least.samples, samples),
  };
}

/** Gives the target's own store as it was measured in another trial. */
function itself(trial, { store }) {
  return trial && { ...trial.stores[store], label: `itself, ${inThousands(trial.items)} items` };
}

/** Gives the targets whose trials were run, each with its result. */
function reached(results) {
  const trials = new Map(results.trials.map((trial) => [trial.name, trial]));
  return TARGETS.map((target) => ({ ...target, ...outcome(target, trials) }))
    .filter(({ ours }) => ours)
    .map((line) => {
      const { median } = line.ratio ?? line.ours;
      const isMissed = median > (line.atMost ?? Infinity) || median < (line.atLeast ?? 0);
      return { ...line, isMissed };
    });
}

module.exports = { reached };
