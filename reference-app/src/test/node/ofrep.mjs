// Does what it is told on stdin, a JSON object a line, with OpenFeature's clients for OFREP, and answers a line each.
import readline from "node:readline";
import { EventSource } from "eventsource";
import { OpenFeature as Server } from "@openfeature/server-sdk";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature as Web, ProviderEvents } from "@openfeature/web-sdk";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";

globalThis.EventSource = EventSource; // which browsers have, and Node.js 20 has not

const events = []; // that the web client told of
const statuses = []; // of what the web client fetched
const waiting = [];

for (const type of [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error, ProviderEvents.ConfigurationChanged]) {
  Web.addHandler(type, (details) => {
    events.push({ type, flags: [...(details?.flagsChanged ?? [])].sort() });
    waiting.splice(0).forEach((look) => look());
  });
}

async function fetching(...request) {
  const response = await fetch(...request);
  statuses.push(response.status);
  return response;
}

function ask(client, { type, key, otherwise, context }) {
  const method = { boolean: "getBooleanDetails", string: "getStringDetails", number: "getNumberDetails", object: "getObjectDetails" }[type];
  return client[method](key, otherwise, context);
}

const commands = {
  async server({ url }) {
    await Server.setProviderAndWait(new OFREPProvider({ baseUrl: url }));
    return {};
  },
  async askServer(command) {
    return await ask(Server.getClient(), command);
  },
  async web({ url, context }) {
    await Web.setContext(context);
    await Web.setProviderAndWait(new OFREPWebProvider({ baseUrl: url, cacheMode: "disabled", fetchImplementation: fetching }));
    return {};
  },
  async askWeb({ type, key, otherwise }) {
    return ask(Web.getClient(), { type, key, otherwise });
  },
  async webContext({ context }) {
    await Web.setContext(context);
    return {};
  },
  // Waits for the event of that type that comes after so many others.
  async event({ type, after }) {
    for (;;) {
      const found = events.filter((event) => event.type === type)[after];
      if (found) return found;
      await new Promise((resolve) => waiting.push(resolve));
    }
  },
  async statuses({ atLeast }) {
    while (statuses.length < atLeast) await new Promise((resolve) => setTimeout(resolve, 10));
    return { statuses, changes: events.filter((event) => event.type === ProviderEvents.ConfigurationChanged).length };
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = await commands[command](rest);
  } catch (e) {
    answer = { threw: String(e) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await Promise.all([Server.close(), Web.close()]);
process.exit(0);
