// Answers one JSON object on a line of standard input with one on a line of standard output:
//   {"do": "rules", "cases": [{"rule", "data", "flagKey", "seed"?, "bucketing"?, "now"}, …]} by json-logic-js;
//   {"do": "flags", "document", "contexts": [{"now", "attributes"}, …]} by flagd-core, each flag for each context;
//   {"do": "growthBook", "payload", "contexts": [attributes, …]} by GrowthBook's SDK, each feature for each context.

import { createInterface } from 'node:readline';
import { GrowthBookClient } from '@growthbook/growthbook';
import { FlagdCore } from '@openfeature/flagd-core';
import { evaluate, replaceReferences, touchedWhenRead } from './rules.mjs';

const SILENT = { error() {}, warn() {}, info() {}, debug() {} };

/** A value as text, which Java writes the same: all of ASCII, numbers that JSON has not, members sorted. */
function show(value) {
  if (value === null || value === undefined) {
    return 'null';
  }
  if (typeof value === 'number') {
    return Object.is(value, -0) ? '-0' : String(value);
  }
  if (typeof value === 'string') {
    let text = '"';
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      text += unit >= 0x20 && unit < 0x7f && unit !== 0x22 && unit !== 0x5c
        ? value[i] : '\\u' + unit.toString(16).padStart(4, '0');
    }
    return text + '"';
  }
  if (Array.isArray(value)) {
    return '[' + value.map(show).join(',') + ']';
  }
  if (typeof value === 'object') {
    return '{' + Object.keys(value).sort()
      .map((name) => show(name) + ':' + show(value[name])).join(',') + '}';
  }
  return typeof value === 'function' ? 'function' : String(value);
}

function rules({ cases }) {
  return cases.map(({ rule, data, flagKey, seed = flagKey, bucketing, now }) => {
    const { value, error, touched } = evaluate(rule, data, { flagKey, seed, bucketing, now });
    return error === undefined ? { value: show(value), touched } : { error, touched };
  });
}

/** What is read between two answers stands still. */
function at(now, action) {
  const clock = Date.now;
  Date.now = () => now * 1000;
  try {
    return action();
  } finally {
    Date.now = clock;
  }
}

function type(flag) {
  return typeof Object.values(flag.variants)[0];
}

const FALLBACK = { boolean: false, string: 'nothing', number: -1.5, object: { nothing: true } };

function resolve(core, key, kind, context) {
  switch (kind) {
    case 'boolean': return core.resolveBooleanEvaluation(key, FALLBACK.boolean, context, SILENT);
    case 'string': return core.resolveStringEvaluation(key, FALLBACK.string, context, SILENT);
    case 'number': return core.resolveNumberEvaluation(key, FALLBACK.number, context, SILENT);
    default: return core.resolveObjectEvaluation(key, FALLBACK.object, context, SILENT);
  }
}

function flags({ document, contexts }) {
  const core = new FlagdCore(undefined, SILENT);
  core.setConfigurations(JSON.stringify(document));
  const answers = {};
  for (const [key, flag] of Object.entries(document.flags)) {
    const rule = replaceReferences(flag.targeting ?? {}, document.$evaluators ?? {});
    const whenRead = touchedWhenRead(rule);
    answers[key] = contexts.map(({ now, attributes }) => at(now, () => {
      const { variant = null, reason, errorCode = null } = resolve(core, key, type(flag), attributes);
      let touched = whenRead;
      if (Object.keys(rule).length > 0 && flag.state !== 'DISABLED') {
        const seen = evaluate(rule, attributes, { flagKey: key, seed: key, now });
        touched = [...new Set([...whenRead, ...seen.touched, ...(seen.error === undefined ? [] : ['error'])])];
      }
      return [variant, reason, errorCode, ...touched];
    }));
  }
  return answers;
}

console.error = () => {}; // where GrowthBook says what is wrong with a payload

function growthBook({ payload, contexts }) {
  const client = new GrowthBookClient({}).initSync({ payload });
  const answers = {};
  for (const key of Object.keys(payload.features)) {
    answers[key] = contexts.map((attributes) => {
      try {
        return { value: client.evalFeature(key, { attributes }).value };
      } catch (error) {
        return { threw: error.message };
      }
    });
  }
  client.destroy();
  return answers;
}

const COMMANDS = { rules, flags, growthBook };

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  let answer;
  try {
    answer = { answer: COMMANDS[command.do](command) };
  } catch (error) {
    answer = { error: `${error.constructor.name}: ${error.message} ${error.cause ?? ''}` };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
