// The stock socket.io-client, driven from a test: commands come as JSON lines, what happens goes out as JSON lines.
// Binary values are written {"$bytes": [1, 2, 3]} both ways.
"use strict";

const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");
const { io } = createRequire(`${process.cwd()}/`)("socket.io-client");

const [url, options] = [process.argv[2], JSON.parse(process.argv[3])];
const sockets = new Map();

function tell(on, fields) {
  process.stdout.write(`${JSON.stringify({ on, ...fields })}\n`);
}

function pack(value) {
  if (Buffer.isBuffer(value)) return { $bytes: [...value] };
  if (Array.isArray(value)) return value.map(pack);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item)]));
  }
  return value;
}

function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (value !== null && typeof value === "object") {
    if (value.$bytes) return Buffer.from(value.$bytes);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(item)]));
  }
  return value;
}

function connect(namespace, more) {
  const socket = io(url + namespace, { ...options, ...more });
  sockets.set(namespace, socket);
  socket.io.engine.on("upgrade", (transport) => tell("upgrade", { transport: transport.name }));
  socket.on("connect", () => {
    const { id, recovered, io: manager } = socket;
    tell("connect", { namespace, id, recovered, transport: manager.engine.transport.name });
  });
  socket.on("connect_error", ({ message, data }) => tell("connect_error", { namespace, message, data }));
  socket.on("disconnect", (reason) => tell("disconnect", { namespace, reason }));
  socket.onAny((name, ...args) => {
    const answer = typeof args.at(-1) === "function" ? args.pop() : null;
    tell("event", { namespace, name, args: pack(args) });
    if (answer) answer(...args);
  });
}

const commands = {
  connect: ({ namespace, options: more }) => connect(namespace, more),
  emit: ({ namespace, name, args }) => sockets.get(namespace).emit(name, ...unpack(args)),
  ask: ({ namespace, name, args }) =>
    sockets.get(namespace).emit(name, ...unpack(args), (...answer) => tell("answer", { args: pack(answer) })),
  disconnect: ({ namespace }) => sockets.get(namespace).disconnect(),
  cut: ({ namespace }) => sockets.get(namespace).io.engine.transport.ws._socket.destroy(),
};

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
});
lines.on("close", () => process.exit(0));
