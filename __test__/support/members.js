'use strict';

// The members of the class, as a program sees them: its own, and those of the class that it extends.

/** Lists the members of a class's instances, each once; the constructor is none of them. */
function membersOf(Class) {
  const names = new Set();
  for (let at = Class.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Reflect.ownKeys(at)) names.add(name);
  }
  names.delete('constructor');
  return [...names];
}

module.exports = { membersOf };
