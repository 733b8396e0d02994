/**
 * A WebSocket that does not say goodbye when the network fails.
 *
 * The library closes a connection that it takes for dead (the browser is offline, pings stay away),
 * and a close frame that gets through after all tells the server that we left on purpose: the stranger
 * would be lost over a hiccup. So what is given up is left alone until somebody else, our own next
 * connection, has taken its place. Leaving on purpose is said by Socket.IO's own packet.
 */
import { WebSocket as EngineWebSocket } from "socket.io-client";

/** By then the server has missed an answer to its ping (25 + 20 seconds) and made up its own mind. */
const LINGER_MS = 60_000;

export class LastingWebSocket extends EngineWebSocket {
  override doClose(): void {
    const socket = (this as unknown as { ws: WebSocket | null }).ws;
    if (!socket) return;
    (this as unknown as { ws: WebSocket | null }).ws = null;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onerror = null;
    socket.onclose = null;
    setTimeout(() => socket.close(), LINGER_MS);
  }
}
