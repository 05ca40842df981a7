// The types that follow from a type of items: keys, values, pairs and maps.

import type { Before } from './options.js';
import type { Part } from './part.js';

/** The keys that a type of items names. */
export type Name<Items extends Record<string, any> = any> = keyof Items & (string | number);

/** A number as a key, if any string is a key: `Record<string, Value>` names no numbers. */
export type NumberKey<Items extends Record<string, any> = any> = string extends keyof Items
  ? number
  : never;

/**
 * The keys of a store: strings, the empty one included, and finite numbers, which become strings.
 */
export type Key<Items extends Record<string, any> = any> = Name<Items> | NumberKey<Items>;

/** Keys as strings, as listings and maps have them. */
export type KeyText<
  Items extends Record<string, any> = any,
  K extends Name<Items> = Name<Items>,
> = string extends keyof Items ? string : `${K}`;

/** The value of an item that exists: never the `undefined` of an optional one. */
export type Value<
  Items extends Record<string, any> = any,
  K extends Name<Items> = Name<Items>,
> = Required<Items>[K];

/**
 * Several values: an array, or another iterable object. A string is iterable too, but is no list of
 * keys.
 */
// Arrays stand by themselves for the target ES5, where TypeScript takes no others for iterable.
export type List<Element> = readonly Element[] | (Iterable<Element> & object);

/** A pair of key and value in a listing. */
export type Entry<Items extends Record<string, any> = any> = string extends keyof Items
  ? [key: string, value: Items[string]]
  : { [K in Name<Items>]-?: [key: `${K}`, value: Value<Items, K>] }[Name<Items>];

/** A pair of key and value to store, such as {@link Part.setItems} takes: of its key's type. */
// TypeScript tells apart at most 25 keys in one pair. The second form is for pairs of any of more
// keys: its values suit every key.
export type NewEntry<
  Items extends Record<string, any> = any,
  K extends Name<Items> = Name<Items>,
  Extra = never,
> =
  | {
      [Q in K]: readonly [
        key: Q | KeyText<Items, Q> | NumberKey<Items>,
        value: Value<Items, Q> | Extra,
      ];
    }[K]
  | readonly [key: K | KeyText<Items, K> | NumberKey<Items>, value: CommonValue<Items, K> | Extra];

/** The values that suit each of several keys. */
type CommonValue<Items extends Record<string, any>, K extends Name<Items>> = {
  [Q in K]: (value: Value<Items, Q>) => void;
}[K] extends (value: infer Common) => void
  ? Common
  : never;

/** An item as {@link Part.forEach} passes it to its callback. */
export type Item<Items extends Record<string, any> = any> = string extends keyof Items
  ? { key: string; value: Items[string] }
  : { [K in Name<Items>]-?: { key: `${K}`; value: Value<Items, K> } }[Name<Items>];

/**
 * A `Map` that knows the type of each key's value. Its keys are strings.
 *
 * @typeParam Missing - `undefined` if a key may have no value.
 */
export interface ItemMap<
  Items extends Record<string, any> = any,
  K extends Name<Items> = Name<Items>,
  Missing = never,
> extends Map<KeyText<Items, K>, Value<Items, K> | Missing> {
  get<Q extends K>(key: KeyText<Items, Q>): Value<Items, Q> | undefined;
  /** Sets the item's value. In an edit, `PersistLock.REMOVE` removes the item. */
  set<Q extends K>(key: KeyText<Items, Q>, value: Value<Items, Q> | Missing | Remove): this;
  entries(): Iterating<ItemPair<Items, K, Missing>>;
  [Symbol.iterator](): Iterating<ItemPair<Items, K, Missing>>;
}

/** A pair of an {@link ItemMap}. */
export type ItemPair<Items extends Record<string, any>, K extends Name<Items>, Missing = never> = {
  [Q in K]: [key: KeyText<Items, Q>, value: Value<Items, Q> | Missing];
}[K];

/** The iterator of a collection, whose name depends on TypeScript's version. */
type Iterating<Element> = ReturnType<Set<Element>['values']>;

/** The type of `PersistLock.REMOVE`. */
// No `unique symbol`: TypeScript widens one to `symbol` in an asynchronous function that returns
// nothing but the symbol.
export type Remove = symbol & { readonly description: 'PersistLock.REMOVE' };

/** The items as they were before an edit of several keys. */
export type Befores<Items extends Record<string, any>> = {
  [K in keyof Items]-?: Before<Required<Items>[K]>;
};

/** The result of the callback of {@link Part.editItem}, or of its promise. */
export type EditResult<Value = any> = Value | Remove | undefined;

/**
 * The result of the callback of {@link Part.editItems}, or of its promise: a `Map` or an array of
 * pairs, each with a value of its own key's type.
 */
export type EditsResult<
  Items extends Record<string, any> = any,
  K extends Name<Items> = Name<Items>,
> = List<NewEntry<Items, K, Remove | undefined>> | undefined;

/** The result of a callback that must not be a promise. */
export type NoPromise<Result> = Result extends PromiseLike<unknown> ? never : Result;

/** The items of a part: those whose keys begin with its prefix, by the rest of their keys. */
export type PartItems<
  Items extends Record<string, any>,
  Prefix extends string,
> = string extends keyof Items
  ? Items
  : string extends Prefix
    ? Record<string, Value<Items>>
    : {
        [
          K in keyof Items as `${K & (string | number)}` extends `${Prefix}${infer Rest}`
            ? Rest
            : never
        ]: Items[K];
      };
