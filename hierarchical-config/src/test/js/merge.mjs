// The merges that put a value together from pieces (6.4). Nothing that is passed in is changed.

import { isIn, isObject, pointerSteps } from './json.mjs';
import { mergeOf, mergesLists } from './settings.mjs';

/** `value` without what `remove` names, and then with `piece` merged in. */
export function mergePiece(setting, value, remove, piece) {
  const merge = mergeOf(setting);
  if (mergesLists(setting)) {
    return mergeLists(merge, value.filter((element) => !isIn(remove, element)), piece);
  }
  const kept = remove.reduce((object, pointer) => without(object, pointerSteps(pointer)), value);
  return mergeObjects(merge, kept, piece);
}

function mergeLists(merge, wider, nearer) {
  if (merge.endsWith('append')) {
    return [...wider, ...nearer];
  }
  return nearer.reduce((all, element) => (isIn(all, element) ? all : [...all, element]), wider);
}

function mergeObjects(merge, wider, nearer) {
  const merged = new Map(Object.entries(wider));
  for (const [name, value] of Object.entries(nearer)) {
    merged.set(name, merged.has(name) ? mergeMember(merge, merged.get(name), value) : value);
  }
  return Object.fromEntries(merged); // unlike assignment, it makes a member of "__proto__" too
}

function mergeMember(merge, wider, nearer) {
  if (merge !== 'hash' && isObject(wider) && isObject(nearer)) {
    return mergeObjects(merge, wider, nearer);
  }
  if (merge.startsWith('deep-') && Array.isArray(wider) && Array.isArray(nearer)) {
    return mergeLists(merge, wider, nearer);
  }
  return nearer;
}

function without(object, [step, ...more]) {
  if (!isObject(object) || !Object.hasOwn(object, step)) {
    return object; // a member that is not there is no error
  }
  const members = new Map(Object.entries(object));
  if (more.length === 0) {
    members.delete(step);
  } else {
    members.set(step, without(members.get(step), more));
  }
  return Object.fromEntries(members);
}
