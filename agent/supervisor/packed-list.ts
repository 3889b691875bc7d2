// A long list on its way to another process. The virtual servers of a director are much alike, and so are their real servers: of each
// record only what differs from the one before it is sent. A quarter of the text is left, and what is alike is one object on the other side.
// It is done for tens of thousands of them while clients wait: plain loops, which make nothing but what is sent.

/** Of each record what is other than in the one before; the first is whole. It is JSON. */
export type PackedList<_Record> = readonly unknown[];

type Fields = { [key: string]: unknown };

/** Packs records of plain JSON: objects, lists, texts, numbers, booleans; no nulls, and a field that is undefined is one that is not there. */
export function packList<Item extends object>(list: readonly Item[]): PackedList<Item> {
  let before: unknown;
  return list.map((item) => {
    const row = differenceOf(item, before) ?? {};
    before = item;
    return row;
  });
}

/** The records that were packed. What was equal in neighbours is the same object: who gets them changes nothing in them. */
export function unpackList<Item extends object>(rows: PackedList<Item>): Item[] {
  let before: unknown;
  return rows.map((row) => {
    before = whole(row, before);
    return before as Item;
  });
}

// A difference is of the kind of the value: of an object, the fields that differ, null for those that are gone; of a list, the differences
// of all its elements; of everything else, and of what is of another kind than its model, the value itself.
//
// Elements that differ in the same fields, as real servers do in their address and name, are a table: a list of null, the difference of the first
// element, and the values that stand in its places in the others, one after the other. Nothing else begins with a null.

/** Undefined: there is none. */
function differenceOf(value: unknown, model: unknown): unknown {
  if (value === model) return undefined;
  if (Array.isArray(value)) return Array.isArray(model) ? differenceOfLists(value, model) : value;
  return isObject(value) && isObject(model) ? differenceOfObjects(value, model) : value;
}

function differenceOfObjects(value: Fields, model: Fields): Fields | undefined {
  let row: Fields | undefined;
  for (const key in value) {
    const difference = differenceOf(value[key], model[key]);
    if (difference === undefined) continue;
    row ??= {};
    row[key] = difference;
  }
  for (const key in model) {
    if (value[key] !== undefined || model[key] === undefined) continue;
    row ??= {};
    row[key] = null;
  }
  return row;
}

function differenceOfLists(list: readonly unknown[], models: readonly unknown[]): readonly unknown[] | undefined {
  if (list.length === 0 && models.length === 0) return undefined;
  const table = tableOf(list, models);
  if (table !== undefined) return table;
  let differs = list.length !== models.length;
  const rows: unknown[] = [];
  for (let index = 0; index < list.length; index++) {
    const value = list[index];
    const difference = differenceOf(value, modelAt(models, index));
    differs ||= difference !== undefined;
    rows.push(difference ?? (isObject(value) ? {} : value));
  }
  return differs ? rows : undefined;
}

/** The differences of a list as a table; undefined when they are none. */
function tableOf(list: readonly unknown[], models: readonly unknown[]): unknown[] | undefined {
  if (list.length < 2 || models.length === 0) return undefined;
  const first = differenceOf(list[0], models[0]);
  const table: unknown[] = [null, first];
  if (!isObject(first) || !fillsPlaces(list[0], models[0], first, [])) return undefined;
  for (let index = 1; index < list.length; index++)
    if (!fillsPlaces(list[index], modelAt(models, index), first, table)) return undefined;
  return table.length === 2 ? undefined : table;
}

/** Adds the values that a value has in the places of a difference; false when it differs elsewhere, or otherwise, and cannot be told so. */
function fillsPlaces(value: unknown, model: unknown, places: unknown, found: unknown[]): boolean {
  if (Array.isArray(places)) return fillsPlacesOfList(value, model, places, found);
  if (!isObject(places)) return isPlain(value) && isPlain(model) && places !== null && found.push(value) > 0;
  if (!isObject(value) || !isObject(model)) return false;
  for (const key in places) if (!fillsPlaces(value[key], model[key], places[key], found)) return false;
  for (const key in value) if (!(key in places) && differenceOf(value[key], model[key]) !== undefined) return false;
  for (const key in model) if (value[key] === undefined && model[key] !== undefined) return false;
  return true;
}

function fillsPlacesOfList(value: unknown, model: unknown, places: readonly unknown[], found: unknown[]): boolean {
  if (!Array.isArray(value) || !Array.isArray(model) || value.length !== places.length) return false;
  for (let index = 0; index < places.length; index++)
    if (!fillsPlaces(value[index], modelAt(model, index), places[index], found)) return false;
  return true;
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" && value !== undefined;
}

function whole(row: unknown, model: unknown): unknown {
  if (Array.isArray(row)) return Array.isArray(model) ? wholeList(row, model) : row;
  return isObject(row) && isObject(model) ? wholeObject(row, model) : row;
}

function wholeList(rows: readonly unknown[], models: readonly unknown[]): unknown[] {
  if (rows[0] === null) return new Table(rows, models).list();
  const list: unknown[] = [];
  for (let index = 0; index < rows.length; index++) list.push(whole(rows[index], modelAt(models, index)));
  return list;
}

function wholeObject(row: Fields, model: Fields): Fields {
  let value: Fields | undefined;
  let isWhole = true;
  for (const key in row) {
    value ??= { ...model };
    if (row[key] === null) isWhole = false;
    value[key] = whole(row[key], model[key]);
  }
  return isWhole ? (value ?? model) : withoutNulls(value ?? {});
}

function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== null));
}

/** What the element of a list is held against; those that the other list does not have, against its last. */
function modelAt(models: readonly unknown[], index: number): unknown {
  return models[Math.min(index, models.length - 1)];
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the elements of a list out of a table. */
class Table {
  readonly #rows: readonly unknown[];
  readonly #models: readonly unknown[];
  #place = 2;

  constructor(rows: readonly unknown[], models: readonly unknown[]) {
    this.#rows = rows;
    this.#models = models;
  }

  list(): unknown[] {
    const first = this.#rows[1];
    const list = [whole(first, this.#models[0])];
    while (this.#place < this.#rows.length) list.push(this.#filled(first, modelAt(this.#models, list.length)));
    return list;
  }

  #filled(places: unknown, model: unknown): unknown {
    if (Array.isArray(places)) return this.#filledList(places, model as readonly unknown[]);
    if (!isObject(places)) return this.#rows[this.#place++];
    const value: Fields = { ...(model as Fields) };
    for (const key in places) value[key] = this.#filled(places[key], (model as Fields)[key]);
    return value;
  }

  #filledList(places: readonly unknown[], models: readonly unknown[]): unknown[] {
    const list: unknown[] = [];
    for (let index = 0; index < places.length; index++) list.push(this.#filled(places[index], modelAt(models, index)));
    return list;
  }
}
