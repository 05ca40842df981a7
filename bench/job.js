'use strict';

// The process of one measurement: one trial with one store, in its own folder. It sends the result
// to its parent.

const { pairsOf } = require('./lib/items');
const { loadAdapter, storeNamed } = require('./stores');

const AT_A_TIME = 1000;

/** Computes the numbers of operations, keys and measurements. */
function amounts(trial, { slowness }) {
  const count = trial.count && Math.ceil(trial.count / slowness);
  const warmUp = Math.ceil(trial.warmUp / slowness);
  const keys = Math.min(trial.keys ?? Infinity, trial.items || Infinity);
  const repeats = slowness > 1 ? 1 : trial.repeats;
  return { count, warmUp, keys: Number.isFinite(keys) ? keys : count, repeats };
}

async function fill(store, { items, valueBytes }) {
  for (let first = 0; first < items; first += AT_A_TIME) {
    await store.fill(pairsOf(first, Math.min(items, first + AT_A_TIME), valueBytes));
  }
}

/** Makes a filled store, which several trials read. */
async function prepare({ trial, store, folder }) {
  const filled = await loadAdapter(store).open(folder, store.options);
  await fill(filled, trial);
  await filled.close();
}

async function measure({ trial, store, folder, device, isQuick }) {
  const workload = require(`./workloads/${trial.workload}`);
  // One of the workloads measures loading itself.
  const load = () => loadAdapter(store);
  if (trial.workload !== 'loading') load();
  let opened;
  const open = async () => {
    opened = await load().open(folder, store.options);
    if (store.isVolatile) await fill(opened, trial);
    return opened;
  };
  const close = async () => {
    const closing = opened;
    opened = undefined;
    await closing?.close();
  };
  const context = { trial, store, folder, device, isQuick, load, open, close };
  const measured = await workload({ ...context, ...amounts(trial, store) });
  await close();
  return measured;
}

// The parent has read the result, or has ended. (A process that exits right after sending may lose
// the message.)
process.once('disconnect', () => process.exit());

process.once('message', async ({ task, name, ...work }) => {
  const store = storeNamed(name);
  try {
    process.send({ result: await (task === 'prepare' ? prepare : measure)({ ...work, store }) });
  } catch (error) {
    console.error(error);
    // The first line of an assertion's message says enough.
    process.send({ failure: error.message.split('\n')[0] });
  }
});
