import { describe, expect, it } from "vitest";
import { belongsTo, candidateOf, descriptionOf, fingerprintOf, isOfAnother } from "../src/sdp";

describe("a partner's description", () => {
  it("is taken as an object or as bare text", () => {
    expect(descriptionOf({ type: "offer", sdp: "v=0" }, "offer")).toEqual({ type: "offer", sdp: "v=0" });
    expect(descriptionOf({ sdp: "v=0" }, "answer")).toEqual({ type: "answer", sdp: "v=0" });
    expect(descriptionOf("v=0\r\n", "offer")).toEqual({ type: "offer", sdp: "v=0\r\n" });
  });

  it.each([[null], [7], ["hello"], [{}], [{ sdp: 3 }], [{ type: "answer", sdp: "v=0" }], [[]]])("%j is none", (signal) => {
    expect(descriptionOf(signal, "offer")).toBeNull();
  });

  it("tells its certificate", () => {
    expect(fingerprintOf("v=0\r\na=fingerprint:SHA-256 AB:CD\r\n")).toBe("sha-256 ab:cd");
    expect(fingerprintOf("v=0")).toBe("");
  });
});

describe("an offer of another connection", () => {
  const sdp = (session: number, ufrag: string, certificate = "a") =>
    `v=0\r\no=- ${session} 2 IN IP4 127.0.0.1\r\na=ice-ufrag:${ufrag}\r\na=fingerprint:sha-256 ${certificate}\r\n`;
  it.each([
    ["the same again", sdp(1, "u"), false],
    ["a restart", sdp(1, "v"), false],
    ["a client that names each offer anew", sdp(2, "u"), false],
    ["another certificate", sdp(1, "u", "b"), true],
    ["another session on another path", sdp(2, "v"), true],
  ])("is told from %s", (_, offer, another) => {
    expect(isOfAnother(sdp(1, "u"), offer)).toBe(another);
  });
});

describe("a partner's candidate", () => {
  const line = "candidate:1 1 udp 1 192.0.2.1 9 typ host generation 0 ufrag abcd";
  it("is taken as an object or as bare text", () => {
    expect(candidateOf({ candidate: line, sdpMid: "0", sdpMLineIndex: 0 })).toMatchObject({ candidate: line, sdpMid: "0" });
    expect(candidateOf(line)).toMatchObject({ candidate: line, sdpMid: null, sdpMLineIndex: 0 });
  });

  it.each([[null], [""], [{}], [{ candidate: "" }], [{ candidate: 4 }]])("%j is none", (signal) => {
    expect(candidateOf(signal)).toBeNull();
  });

  it("belongs to the description with its ufrag, and to any when it names none", () => {
    const sdp = "v=0\r\na=ice-ufrag:abcd\r\n";
    expect(belongsTo({ candidate: line }, sdp)).toBe(true);
    expect(belongsTo({ candidate: line, usernameFragment: "efgh" }, sdp)).toBe(false);
    expect(belongsTo({ candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host" }, sdp)).toBe(true);
  });
});
