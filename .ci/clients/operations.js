"use strict";
// Lets another process call a client: a line of JSON names an operation and its arguments, and the answer is a line
// of JSON with its result. Bytes are written in base64.

const readline = require("node:readline");

// The settings that the tests give a client on the command line.
exports.settings = JSON.parse(process.argv[2]);

exports.serve = async (operations) => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, ...values] = JSON.parse(line);
    let answer;
    try {
      answer = { result: (await operations[name](...values)) ?? null };
    } catch (error) {
      answer = { error: String(error.responseText || error.message || error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
  process.exit(0);
};
