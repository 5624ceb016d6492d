// JSON values: their one text, when two are the same, and pointers into them.

/** The text of RFC 8785. JavaScript already writes numbers and strings in the way that it asks for. */
export function canonical(value) {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(',')}]`;
  }
  if (isObject(value)) {
    const names = Object.keys(value).sort(); // by UTF-16 code unit
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Whether two are the same value: `15.0` and `15` are, and objects in any order of members. */
export function same(one, other) {
  return canonical(one) === canonical(other);
}

export function isIn(list, value) {
  return list.some((element) => same(element, value));
}

export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without the members that are undefined, which JSON does not have. */
export function present(members) {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined));
}

/** Bytes of the canonical text (10.1). */
export function sizeOf(value) {
  return Buffer.byteLength(canonical(value), 'utf8');
}

/** The member names that a JSON pointer (RFC 6901) leads through, or null if it is none to a member. */
export function pointerSteps(pointer) {
  if (typeof pointer !== 'string' || !/^(\/([^~/]|~[01])*)+$/.test(pointer)) {
    return null;
  }
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
