// What ours is measured beside: seed 003 on Node and socket.io, as one would write it who knows both.
//
// It does the work that ours does and no more: a signed guest token on connect, two-sided pairing by type,
// shape and length of each payload checked, a token bucket per socket and event, aliases, ids and
// timestamps from the server, each message to both, `user_count_update` when the number changed. socket.io is as npm
// installs it (without the optional native bufferutil), set up as its guide to performance says: no compression, the
// HTTP request of a handshake let go, one encoding for both ends of a pair. Like ours it lets a client whose transport broke come back to what it missed (connection state
// recovery). It keeps no history and no cooldown; ours does.
//
// SIGUSR2 collects garbage, if node runs with --expose-gc.

import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { Server } from "socket.io";

const MAX_TEXT = 2000;
const MAX_ROOM_ID = 64;
const MAX_SDP = 32 * 1024;
const MAX_CANDIDATE = 2 * 1024;
const [EVENTS, CHAT, TYPING, CANDIDATES] = [0, 1, 2, 3];
const RATE = Number(process.env.RATE ?? 20);
const BURST = Number(process.env.BURST ?? 60);

// --- who is who ------------------------------------------------------------------------------------

const secret = createSecretKey(randomBytes(32));
const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");
const sign = (text) => createHmac("sha256", secret).update(text).digest("base64url");

let pool = Buffer.alloc(0);
let used = 0;
function id(bytes) {
  if (used + bytes > pool.length) {
    pool = randomBytes(4096);
    used = 0;
  }
  used += bytes;
  return pool.toString("base64url", used - bytes, used);
}

function issue(guest) {
  const claims = JSON.stringify({ sub: guest, typ: "guest", iat: Math.floor(Date.now() / 1000) });
  const text = `${header}.${Buffer.from(claims).toString("base64url")}`;
  return `${text}.${sign(text)}`;
}

function verify(token) {
  const end = typeof token === "string" ? token.lastIndexOf(".") : -1;
  const given = Buffer.from(end < 0 ? "" : token.slice(end + 1));
  const proper = Buffer.from(end < 0 ? "" : sign(token.slice(0, end)));
  if (given.length === 0 || given.length !== proper.length || !timingSafeEqual(given, proper)) {
    throw new Error("invalid token");
  }
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url")).sub;
}

// --- what may be sent --------------------------------------------------------------------------------

class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const isObject = (value) => typeof value === "object" && value !== null;

function length(text) {
  let points = text.length; // code points, as ours counts
  if (points > MAX_TEXT) {
    points = 0;
    for (const _ of text) points++;
  }
  return points;
}

function textOf(payload) {
  const text = payload.message;
  if (typeof text !== "string" || text.length === 0 || length(text) > MAX_TEXT) {
    throw new Refused("bad_request", "message");
  }
  return text;
}

function descriptionOf(value) {
  const sdp = isObject(value) ? (value.sdp ?? "") : value;
  if (typeof sdp !== "string") throw new Refused("bad_request", "description");
  if (sdp.length > MAX_SDP) throw new Refused("too_large", "description");
  return value;
}

function candidateOf(value) {
  if (value !== null && typeof value !== "string" && !isObject(value)) {
    throw new Refused("bad_request", "candidate");
  }
  if (JSON.stringify(value).length > MAX_CANDIDATE) throw new Refused("too_large", "candidate");
  return value;
}

function take(client, limit) {
  const now = performance.now() / 1000;
  client.buckets ??= [];
  const bucket = (client.buckets[limit] ??= { tokens: BURST, filled: now });
  const tokens = Math.min(BURST, bucket.tokens + (now - bucket.filled) * RATE);
  bucket.filled = now;
  bucket.tokens = tokens >= 1 ? tokens - 1 : tokens;
  if (tokens < 1) throw new Refused("rate_limited", "too many events");
}

function pairOf(client, payload) {
  if (!isObject(payload) || typeof payload.roomId !== "string" || payload.roomId.length > MAX_ROOM_ID) {
    throw new Refused("bad_request", "roomId");
  }
  if (client.pair === null || client.pair.roomId !== payload.roomId) {
    throw new Refused("not_in_room", "you are not in this room");
  }
  return client.pair;
}

// --- serving -------------------------------------------------------------------------------------------

const http = createServer((_, response) => response.writeHead(404).end());
const io = new Server(http, {
  serveClient: false,
  perMessageDeflate: false,
  httpCompression: false,
  maxHttpBufferSize: 65536,
  connectionStateRecovery: { maxDisconnectionDuration: 15_000 },
});
io.engine.on("connection", (raw) => {
  raw.request = null;
});

const waiting = { chat: new Set(), video: new Set() };

function leaveQueue(client) {
  waiting.chat.delete(client);
  waiting.video.delete(client);
}

function meet(client, type) {
  const [other] = waiting[type];
  if (other === undefined) {
    waiting[type].add(client);
    client.socket.emit("waiting_for_partner", { type, waiting: waiting[type].size });
    return;
  }
  waiting[type].delete(other);
  const roomId = id(17);
  const pair = { roomId, members: [other, client] };
  for (const one of pair.members) {
    one.pair = pair;
    one.alias = id(9);
    one.socket.join(roomId);
  }
  other.socket.emit("partner_found", { roomId, type, partnerId: client.alias, initiator: true });
  client.socket.emit("partner_found", { roomId, type, partnerId: other.alias, initiator: false });
}

function end(client, reason) {
  leaveQueue(client);
  const pair = client.pair;
  if (pair === null) return;
  for (const one of pair.members) {
    one.pair = null;
    one.socket.leave(pair.roomId);
    if (one !== client) one.socket.emit("partner_disconnected", { roomId: pair.roomId, reason });
  }
}

function on(client, name, limit, handle) {
  client.socket.on(name, (payload, acknowledge) => {
    try {
      take(client, limit);
      handle(payload);
      if (typeof acknowledge === "function") acknowledge({ ok: true });
    } catch (error) {
      const told = { code: error.code ?? "internal", message: error.message };
      if (typeof acknowledge === "function") acknowledge({ ok: false, error: told });
      else client.socket.emit("error", { ...told, event: name });
    }
  });
}

function relay(client, name, limit, take) {
  on(client, name, limit, (payload) => {
    const { roomId } = pairOf(client, payload);
    client.socket.to(roomId).emit(name === "typing" ? "user_typing" : name, take(payload, roomId));
  });
}

io.use((socket, next) => {
  try {
    const token = socket.handshake.auth.token;
    socket.data.guest = token ? verify(token) : `g_${id(17)}`;
    next();
  } catch (error) {
    next(error);
  }
});

io.on("connection", (socket) => {
  const guest = socket.data.guest;
  const client = { socket, pair: null, alias: "", buckets: null };

  on(client, "join", EVENTS, (payload) => {
    if (!isObject(payload) || !(payload.type === "chat" || payload.type === "video")) {
      throw new Refused("bad_request", "type");
    }
    if (client.pair !== null) throw new Refused("conflict", "you are talking to somebody already");
    leaveQueue(client);
    meet(client, payload.type);
  });
  on(client, "send_message", CHAT, (payload) => {
    const { roomId } = pairOf(client, payload);
    io.to(roomId).emit("new_message", {
      id: id(9),
      text: textOf(payload),
      sender: client.alias,
      timestamp: new Date().toISOString(),
      type: "text",
      roomId,
    });
  });
  relay(client, "typing", TYPING, (payload, roomId) => {
    if (typeof payload.isTyping !== "boolean") throw new Refused("bad_request", "isTyping");
    return { roomId, isTyping: payload.isTyping };
  });
  relay(client, "offer", EVENTS, (payload, roomId) => ({ roomId, offer: descriptionOf(payload.offer) }));
  relay(client, "answer", EVENTS, (payload, roomId) => ({ roomId, answer: descriptionOf(payload.answer) }));
  relay(client, "ice_candidate", CANDIDATES, (payload, roomId) => ({
    roomId,
    candidate: candidateOf(payload.candidate),
  }));
  on(client, "skip", EVENTS, () => end(client, "skipped"));
  on(client, "leave_room", EVENTS, (payload) => {
    pairOf(client, payload);
    end(client, "left");
  });
  // For the broadcast: everybody who asks for it is in one topic, and anyone may speak to it.
  on(client, "listen", EVENTS, () => socket.join("crowd"));
  on(client, "broadcast", CHAT, (payload) => {
    if (!isObject(payload)) throw new Refused("bad_request", "payload");
    io.to("crowd").emit("told", { text: textOf(payload) });
  });
  socket.on("disconnect", () => end(client, "left"));
  socket.emit("session", { token: issue(guest), actor: { id: guest, kind: "guest" }, recovered: false });
});

let beats = 0;
let toldCount = 0;
setInterval(() => {
  const count = io.of("/").sockets.size;
  // As ours does: a crowd is told less often.
  if (count !== toldCount && ++beats % Math.max(1, Math.floor(count / 1000)) === 0) {
    toldCount = count;
    io.volatile.emit("user_count_update", { count });
  }
}, 1000);

process.on("SIGUSR2", () => globalThis.gc?.());
process.on("SIGTERM", () => process.exit(0));
http.listen(0, "127.0.0.1", () => console.log(`ready: http://127.0.0.1:${http.address().port}`));
