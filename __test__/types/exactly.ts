type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles if the value's type is the expected one, no wider and no narrower. */
export function exactly<Expected>() {
  return <Actual>(_value: Actual, ..._: Equal<Actual, Expected> extends true ? [] : [never]) => {};
}
