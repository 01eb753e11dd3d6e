"use strict";
// The operations of the tests with imapflow.

const { readFileSync } = require("node:fs");
const { ImapFlow } = require("imapflow");
const { serve, settings } = require("./operations.js");

const client = new ImapFlow({
  host: "localhost",
  port: settings.port,
  secure: settings.secure,
  tls: { ca: readFileSync(settings.ca) },
  auth: { user: settings.user, [settings.token ? "accessToken" : "pass"]: settings.token ?? settings.password },
  logger: false,
});
client.on("error", (error) => console.error(error));
let arrived = null;
let arrival;
client.on("exists", ({ count }) => arrived && arrived(count));

const byUid = { uid: true };

serve({
  connect: () => client.connect(),
  list: async () => (await client.list()).map((folder) => folder.path),
  subscribed: async () => (await client.list()).filter((folder) => folder.subscribed).map((folder) => folder.path),
  open: async (folder, readOnly) => (await client.mailboxOpen(folder, { readOnly })).exists,
  close: () => client.mailboxClose(),
  status: async (folder) => {
    const { messages, uidNext, unseen } = await client.status(folder, { messages: true, uidNext: true, unseen: true });
    return [messages, uidNext, unseen];
  },
  fetch: async () => {
    const found = [];
    for await (const { uid, flags, source } of client.fetch("1:*", { uid: true, flags: true, source: true })) {
      found.push([uid, [...flags], source.toString("base64")]);
    }
    return found;
  },
  subjects: async () => {
    const found = [];
    for await (const { uid, envelope, bodyStructure } of client.fetch("1:*", { envelope: true, bodyStructure: true })) {
      found.push([uid, envelope.subject ?? "", bodyStructure.type]);
    }
    return found;
  },
  search: async (what) => {
    const queries = {
      unseen: { seen: false },
      flagged: { flagged: true },
      large: { larger: 100000 },
      subject: { subject: "Expenses" },
    };
    return client.search(queries[what], byUid);
  },
  append: async (folder, text, flags) => {
    await client.append(folder, Buffer.from(text, "base64"), flags, new Date(Date.UTC(2026, 2, 7, 9)));
  },
  addFlags: async (uids, flags) => void (await client.messageFlagsAdd(uids, flags, byUid)),
  removeFlags: async (uids, flags) => void (await client.messageFlagsRemove(uids, flags, byUid)),
  setFlags: async (uids, flags) => void (await client.messageFlagsSet(uids, flags, byUid)),
  copy: async (uids, folder) => void (await client.messageCopy(uids, folder, byUid)),
  move: async (uids, folder) => void (await client.messageMove(uids, folder, byUid)),
  remove: async (uids) => void (await client.messageDelete(uids, byUid)),
  replace: async (command, message, folder, text) => {
    const { next } = await client.exec(command, [
      { type: "SEQUENCE", value: message },
      { type: "ATOM", value: folder },
      { type: "LITERAL", value: Buffer.from(text, "base64") },
    ]);
    next();
  },
  createFolder: async (name) => void (await client.mailboxCreate(name)),
  renameFolder: async (from, to) => void (await client.mailboxRename(from, to)),
  subscribe: async (name) => void (await client.mailboxSubscribe(name)),
  unsubscribe: async (name) => void (await client.mailboxUnsubscribe(name)),
  removeFolder: async (name) => void (await client.mailboxDelete(name)),
  quota: async () => (await client.getQuota("INBOX")).path,
  noop: () => client.noop(),
  // IDLE begins; `arrival` returns the number of messages that the server told of.
  idle: () => {
    arrival = new Promise((resolve) => (arrived = resolve));
    client.idle();
  },
  arrival: () => arrival,
  logout: () => client.logout(),
});
