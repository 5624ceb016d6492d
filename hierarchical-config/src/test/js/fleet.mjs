// The devices of a fleet, and the profiles of their scopes.

import { byText } from './resolve.mjs';

/** In text order of their keys. */
export function inOrder(devices) {
  return [...devices].sort((a, b) => byText(a.key, b.key));
}

/** A device is a scope of the nearest level. Scopes that nobody has edited have an empty profile. */
export function profilesOf({ key, above }, levels, profiles) {
  const scopes = new Set([...above, `${levelName(levels.at(-1))}:${key}`]);
  return [...scopes].map((scope) => profileOf(scope, profiles));
}

export function profileOf(scope, profiles) {
  const nobodys = { scope, revision: 0, priority: 0, entries: {} };
  return profiles.find((profile) => profile.scope === scope) ?? nobodys;
}

export function levelName(level) {
  return typeof level === 'string' ? level : level.name;
}
