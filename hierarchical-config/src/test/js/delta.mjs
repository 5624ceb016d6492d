// Deltas between objects (14): a merge patch where that is exact, operations where it is not.

import { isObject, pointerSteps, same } from './json.mjs';

const DEEPEST = 64;

/** What makes `to` of `from`. */
export function between(from, to) {
  const merge = patchBetween(from, to);
  return merge === null ? { operations: [...operationsBetween('', from, to)] } : { merge };
}

/** 14.2, or null if there is none. */
function patchBetween(from, to) {
  const patch = gone(from, to).map((name) => [name, null]);
  for (const [name, value] of changed(from, to)) {
    const piece = isObject(value) ? patchBetween(objectAt(from, name) ?? {}, value) : value;
    if (piece === null) {
      return null;
    }
    patch.push([name, piece]);
  }
  return Object.fromEntries(patch);
}

/** 14.3 */
function* operationsBetween(path, from, to) {
  for (const name of gone(from, to)) {
    yield { path: step(path, name) };
  }
  for (const [name, value] of changed(from, to)) {
    const before = objectAt(from, name);
    if (isObject(value) && before !== undefined) {
      yield* operationsBetween(step(path, name), before, value);
    } else {
      yield { path: step(path, name), value };
    }
  }
}

function gone(from, to) {
  return Object.keys(from).filter((name) => !Object.hasOwn(to, name));
}

function changed(from, to) {
  return Object.entries(to).filter(
    ([name, value]) => !Object.hasOwn(from, name) || !same(from[name], value),
  );
}

/** The member if it is an object: one of its own, as every object inherits "__proto__". */
function objectAt(object, name) {
  return Object.hasOwn(object, name) && isObject(object[name]) ? object[name] : undefined;
}

function step(path, name) {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What becomes of `from`, which stays as it is; null if the delta is refused (14.4, 14.5). */
export function apply(delta, from) {
  if (!isDelta(delta)) {
    return null;
  }
  if (delta.merge !== undefined) {
    return patched(from, delta.merge);
  }
  return delta.operations.reduce(
    (object, operation) => operated(object, pointerSteps(operation.path), operation),
    from,
  );
}

function isDelta(delta) {
  if (!isObject(delta) || (delta.merge === undefined) === (delta.operations === undefined)) {
    return false;
  }
  return delta.merge === undefined
    ? Array.isArray(delta.operations) && delta.operations.every(isOperation)
    : isObject(delta.merge) && depth(delta.merge) <= DEEPEST;
}

function isOperation(operation) {
  const steps = isObject(operation) ? pointerSteps(operation.path) : null;
  return steps !== null && steps.length <= DEEPEST && depth(operation.value) <= DEEPEST;
}

/** How many steps the deepest member or element is inside. */
function depth(value) {
  const inside = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return Math.max(0, ...inside.map((each) => 1 + depth(each)));
}

function patched(object, patch) {
  const members = new Map(Object.entries(object));
  for (const [name, value] of Object.entries(patch)) {
    const under = members.get(name);
    if (value === null) {
      members.delete(name);
    } else {
      members.set(name, isObject(value) ? patched(isObject(under) ? under : {}, value) : value);
    }
  }
  return Object.fromEntries(members);
}

/** Null if the steps do not lead to a member of an object. */
function operated(object, [name, ...more], { value }) {
  if (!isObject(object)) {
    return null;
  }
  const members = new Map(Object.entries(object));
  if (more.length > 0) {
    const inner = operated(members.get(name), more, { value });
    if (inner === null) {
      return null;
    }
    members.set(name, inner);
  } else if (value === undefined) {
    members.delete(name);
  } else {
    members.set(name, value);
  }
  return Object.fromEntries(members);
}
