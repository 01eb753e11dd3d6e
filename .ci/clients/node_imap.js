"use strict";
// The operations of the tests with node-imap.

const { readFileSync } = require("node:fs");
const { once } = require("node:events");
const { promisify } = require("node:util");
const Imap = require("node-imap");
const { serve, settings } = require("./operations.js");

const bearer = (user, token) => Buffer.from(`user=${user}\x01auth=Bearer ${token}\x01\x01`).toString("base64");

const client = new Imap({
  host: "localhost",
  port: settings.port,
  tls: settings.secure,
  tlsOptions: { ca: readFileSync(settings.ca), servername: "localhost" },
  user: settings.user,
  password: settings.password,
  xoauth2: settings.token && bearer(settings.user, settings.token),
});
client.on("error", (error) => console.error(error));

const call = (name, ...values) => promisify(client[name].bind(client))(...values);

const names = (boxes, before = "") =>
  Object.entries(boxes ?? {}).flatMap(([name, box]) => [
    before + name,
    ...names(box.children, before + name + box.delimiter),
  ]);

const fetch = async (options) => {
  const found = [];
  const request = client.fetch("1:*", options);
  request.on("message", (message) => {
    const one = { chunks: [] };
    found.push(one);
    message.on("body", (stream) => stream.on("data", (chunk) => one.chunks.push(chunk)));
    message.once("attributes", (attributes) => (one.attributes = attributes));
  });
  const failed = once(request, "error").then(([error]) => Promise.reject(error));
  await Promise.race([once(request, "end"), failed]);
  return found;
};

let arrival;

serve({
  connect: () => {
    client.connect();
    return once(client, "ready").then(() => null);
  },
  list: async () => names(await call("getBoxes")),
  subscribed: async () => names(await call("getSubscribedBoxes")),
  open: async (folder, readOnly) => (await call("openBox", folder, readOnly)).messages.total,
  close: () => call("closeBox", false),
  status: async (folder) => {
    const { messages, uidnext } = await call("status", folder);
    return [messages.total, uidnext, messages.unseen];
  },
  fetch: async () =>
    (await fetch({ bodies: "" })).map(({ attributes, chunks }) => [
      attributes.uid,
      attributes.flags,
      Buffer.concat(chunks).toString("base64"),
    ]),
  subjects: async () =>
    (await fetch({ envelope: true, struct: true })).map(({ attributes }) => {
      const { type, subtype } = attributes.struct[0];
      const kind = attributes.struct.length > 1 ? `multipart/${type}` : `${type}/${subtype}`;
      return [attributes.uid, attributes.envelope.subject ?? "", kind];
    }),
  search: (what) => {
    const queries = {
      unseen: ["UNSEEN"],
      flagged: ["FLAGGED"],
      large: [["LARGER", 100000]],
      subject: [["SUBJECT", "Expenses"]],
    };
    return call("search", queries[what]);
  },
  sorted: () => call("sort", ["SIZE"], ["ALL"]),
  // Without a date: the client has no names of months.
  append: (folder, text, flags) => call("append", Buffer.from(text, "base64"), { mailbox: folder, flags }),
  addFlags: (uids, flags) => call("addFlags", uids, flags),
  removeFlags: (uids, flags) => call("delFlags", uids, flags),
  setFlags: (uids, flags) => call("setFlags", uids, flags),
  copy: (uids, folder) => call("copy", uids, folder),
  move: (uids, folder) => call("move", uids, folder),
  remove: async (uids) => {
    await call("addFlags", uids, "\\Deleted");
    await call("expunge", uids);
  },
  createFolder: (name) => call("addBox", name),
  renameFolder: async (from, to) => void (await call("renameBox", from, to)),
  subscribe: (name) => call("subscribeBox", name),
  unsubscribe: (name) => call("unsubscribeBox", name),
  removeFolder: (name) => call("delBox", name),
  // The client is in IDLE whenever it has nothing to do.
  idle: () => {
    arrival = once(client, "mail").then(() => client._box.messages.total);
  },
  arrival: () => arrival,
  logout: async () => {
    client.end();
    await once(client, "close");
  },
});
