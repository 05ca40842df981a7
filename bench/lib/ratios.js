'use strict';

// The result for each target whose trial was run.

const { BEST, TARGETS } = require('../targets');
const { summary } = require('./statistics');

const OURS = 'persist-lock';

/** Divides samples round by round, so that a disturbance of a whole round cancels out. */
function ratios(samples, others) {
  return summary(samples.map((sample, round) => sample / others[round]));
}

/** Finds the fastest of these stores that has the measure. */
function bestOf(stores, measure) {
  const found = BEST.filter((name) => stores[name]?.[measure]);
  const medianOf = (name) => stores[name][measure].median;
  return found.sort((one, other) => medianOf(one) - medianOf(other))[0];
}

function outcome(target, trials) {
  const { measure } = target;
  const stores = trials.get(target.trial)?.stores;
  const ours = stores?.[OURS]?.[measure];
  if (!ours) return undefined;
  if (target.smaller) {
    const smaller = trials.get(target.smaller)?.stores[OURS]?.[measure];
    if (!smaller) return undefined;
    return { ours, ratio: ratios(ours.samples, smaller.samples) };
  }
  const other = target.best ? bestOf(stores, measure) : target.store;
  const theirs = stores[other]?.[measure];
  if (other && theirs) {
    const { label } = stores[other];
    const floor = stores[target.floor]?.[measure];
    return {
      ours,
      ratio: ratios(ours.samples, theirs.samples),
      other: { label, ...theirs },
      leastRatio: floor && ratios(floor.samples, theirs.samples),
    };
  }
  return target.best || target.store ? undefined : { ours };
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
