/** The STUN and TURN servers that the server recommends, asked for again when their time is up. */
import type { IceServers } from "./api/types";
import type { Clock } from "./clock";

/** Gives `GET /api/ice-servers`, or rejects. */
export type FetchIceServers = () => Promise<IceServers>;

/** A function that never rejects: without an answer, two people on one network still find each other. */
export function iceServersFrom(
  fetch: FetchIceServers,
  clock: Clock,
  report: (what: string, reason: unknown) => void,
): () => Promise<RTCIceServer[]> {
  let servers: RTCIceServer[] = [];
  let goodUntil = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.now() < goodUntil) return servers;
    try {
      const answer = await fetch();
      servers = answer.iceServers;
      // Half of the time is for the conversation that begins with them.
      goodUntil = clock.now() + answer.ttl * 500;
    } catch (reason) {
      report("No ICE servers from the server; trying without", reason);
    }
    return servers;
  };
}
