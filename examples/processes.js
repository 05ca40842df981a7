// Four processes hand out numbered tickets. No number is given out twice, and none is skipped.
const { fork } = require('node:child_process');
const { once } = require('node:events');
const PersistLock = require('persist-lock');

const store = new PersistLock(__dirname);

/** Takes the next number, which no other process gets. */
function nextTicket() {
  return store.editItem('tickets', (tickets = 0) => tickets + 1);
}

async function main() {
  if (process.argv[2] === 'counter') {
    const tickets = await Promise.all(Array.from({ length: 25 }, nextTicket));
    // Disconnecting before the message is sent would lose it.
    process.send(tickets, () => process.disconnect());
    return;
  }
  await store.removeItem('tickets');
  const processes = Array.from({ length: 4 }, () => fork(__filename, ['counter']));
  const answers = await Promise.all(processes.map((child) => once(child, 'message')));
  const tickets = answers.flatMap(([numbers]) => numbers);
  console.log(`${new Set(tickets).size} tickets, the last is number ${Math.max(...tickets)}`);
}

main();
