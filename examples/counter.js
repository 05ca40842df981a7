const PersistLock = require('persist-lock');
const persistence = new PersistLock(__dirname);

async function main() {
  await persistence.init();

  const edits = [];
  for (let i = 0; i < 100; i++) {
    edits.push(persistence.editItem('counter', (currentValue) => (currentValue || 0) + 1));
  }
  await Promise.all(edits);

  console.log(await persistence.getItem('counter')); // 100, and 200 when you run it again
}

main();
