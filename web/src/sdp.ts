/**
 * Reading what a partner signals: any client may be at the other end, so nothing is believed.
 * Session descriptions: RFC 8866; fingerprints: RFC 8122; `ice-ufrag`: RFC 8839.
 */

/** The session description inside a signal, or null when it is none of that type. */
export function descriptionOf(signal: unknown, type: "offer" | "answer"): RTCSessionDescriptionInit | null {
  const sdp = typeof signal === "string" ? signal : member(signal, "sdp");
  if (typeof sdp !== "string" || !sdp.startsWith("v=")) return null;
  const named = member(signal, "type");
  return named === undefined || named === type ? { type, sdp } : null;
}

/** The candidate inside a signal; null for "no more candidates" and for what is not a candidate. */
export function candidateOf(signal: unknown): RTCIceCandidateInit | null {
  const candidate = typeof signal === "string" ? signal : member(signal, "candidate");
  if (typeof candidate !== "string" || candidate === "") return null;
  const sdpMid = member(signal, "sdpMid");
  const sdpMLineIndex = member(signal, "sdpMLineIndex");
  const usernameFragment = member(signal, "usernameFragment");
  return {
    candidate,
    sdpMid: typeof sdpMid === "string" ? sdpMid : null,
    sdpMLineIndex: typeof sdpMLineIndex === "number" ? sdpMLineIndex : sdpMid === undefined ? 0 : null,
    usernameFragment: typeof usernameFragment === "string" ? usernameFragment : null,
  };
}

/** The certificate behind a description: another one means another page, which needs a new connection. */
export function fingerprintOf(sdp: string): string {
  const line = /^a=fingerprint:(.*)$/m.exec(sdp);
  return (line?.[1] ?? "").trim().toLowerCase();
}

/**
 * Whether an offer comes from another connection than the description before it, to which it cannot be applied: its
 * certificate says so, or, where that is kept, a new session (RFC 8829, 5.2.1) with credentials of its own.
 */
export function isOfAnother(before: string, offer: string): boolean {
  const differ = (line: RegExp) => line.exec(before)?.[1] !== line.exec(offer)?.[1];
  return fingerprintOf(before) !== fingerprintOf(offer) || (differ(/^o=\S+ (\S+)/m) && differ(/^a=ice-ufrag:(\S+)/m));
}

/** Whether a candidate belongs to the generation that a description began. */
export function belongsTo(candidate: RTCIceCandidateInit, sdp: string): boolean {
  const ufrag = candidate.usernameFragment ?? / ufrag (\S+)/.exec(candidate.candidate ?? "")?.[1];
  if (!ufrag) return true;
  return sdp.split(/\r?\n/).includes(`a=ice-ufrag:${ufrag}`);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
