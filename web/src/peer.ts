/**
 * The picture and sound between the two: one RTCPeerConnection, kept working.
 *
 * - Perfect negotiation (W3C WebRTC, section 10.7); the initiator is the impolite side. Only the
 *   initiator makes the first offer, so a plain client at the other end is answered as it expects.
 * - Both directions are negotiated at once, with or without a camera: turning one on later, or
 *   changing it, replaces a track and needs no further word.
 * - A partner that has reloaded its page, or begun again, offers another connection: so is ours made anew.
 * - Broken paths are restarted, at most `MAX_REPAIRS` times without success.
 * - Candidates go out in batches, and those of another generation are dropped.
 */
import { signal } from "@preact/signals";
import type { Relayed } from "./api/events";
import type { Clock } from "./clock";
import { type Reading, next, noHistory, sampleOf } from "./quality";
import { belongsTo, candidateOf, descriptionOf, fingerprintOf, isOfAnother } from "./sdp";

export type PeerStatus = "connecting" | "connected" | "reconnecting" | "failed";

export interface Outgoing {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

export interface Signals {
  offer(offer: RTCSessionDescriptionInit): void;
  answer(answer: RTCSessionDescriptionInit): void;
  candidates(candidates: RTCIceCandidateInit[]): void;
}

export interface PeerParts {
  /** False for the side that waits for the first offer. */
  initiator: boolean;
  /** This page was reloaded in the middle of a pair: offer at once, whoever began. */
  resumed: boolean;
  /** Never rejects. */
  iceServers: Promise<RTCIceServer[]>;
  connection: (configuration: RTCConfiguration) => RTCPeerConnection;
  /** Names what we send, so that a plain client finds its `streams[0]`. */
  stream: MediaStream;
  signals: Signals;
  clock: Clock;
  /** Hears of what went wrong and was survived. */
  report: (what: string, reason: unknown) => void;
}

const BATCH_MS = 50;
const STATS_MS = 500;
const DISCONNECTED_PATIENCE_MS = 4000;
const REPAIR_PAUSE_MS = 6000;
const MAX_REPAIRS = 4;
const MAX_EARLY = 64;

export class Peer {
  readonly status = signal<PeerStatus>("connecting");
  /** The stranger's tracks, at most one of a kind. */
  readonly remote = signal<readonly MediaStreamTrack[]>([]);
  readonly reading = signal<Reading>(noHistory.reading);

  readonly #parts: PeerParts;
  #servers: RTCIceServer[] = [];
  #pc: RTCPeerConnection | null = null;
  #outgoing: Outgoing = { audio: null, video: null };
  /** Incoming signals are handled one after the other, in order of arrival. */
  #chain: Promise<void>;
  #makingOffer = false;
  #closed = false;
  #everConnected = false;
  #partnerAway = false;
  #repairs = 0;
  #cancelRepair: (() => void) | null = null;
  #early: RTCIceCandidateInit[] = [];
  #batch: RTCIceCandidateInit[] = [];
  #history = noHistory;

  constructor(parts: PeerParts) {
    this.#parts = parts;
    this.#chain = parts.iceServers.then((servers) => {
      if (this.#closed) return;
      this.#servers = servers;
      this.#build(parts.initiator || parts.resumed);
    });
  }

  /** What to send from now on; null sends nothing. */
  carry(outgoing: Outgoing): void {
    this.#outgoing = outgoing;
    for (const transceiver of this.#pc?.getTransceivers() ?? []) void this.#load(transceiver);
  }

  /** Takes a partner's signal; anything unusable is ignored. Resolves when it has been dealt with. */
  receive(event: "offer" | "answer" | "ice_candidate", payload: Relayed): Promise<void> {
    this.#chain = this.#chain.then(() => this.#take(event, payload)).catch((reason: unknown) => {
      // A description that this browser cannot use: the words on the screen say "connecting" still.
      // One that the end of the conversation has overtaken is nobody's business.
      if (!this.#closed) this.#parts.report("A signal of the partner could not be used", reason);
    });
    return this.#chain;
  }

  /** While the partner is away there is nobody to negotiate with: repairs wait for its return. */
  partnerAway(away: boolean): void {
    this.#partnerAway = away;
    if (!away && this.#pc && this.#isBroken()) this.#repairSoon(0);
  }

  /** Our own way to the server is back, so a repair has a chance again. */
  linkBack(): void {
    this.#repairs = 0;
    if (this.#pc && this.#isBroken()) this.#repairSoon(0);
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  // The connection -----------------------------------------------------------------------------

  /** A fresh connection; `offering` adds what an offer needs and so brings one about. */
  #build(offering: boolean): RTCPeerConnection {
    this.#drop();
    const { connection, stream } = this.#parts;
    const pc = connection({ iceServers: this.#servers, bundlePolicy: "max-bundle" });
    this.#pc = pc;
    this.status.value = this.#everConnected ? "reconnecting" : "connecting";
    const mine = (then: () => void) => () => {
      if (this.#pc === pc) then();
    };
    pc.onnegotiationneeded = mine(() => void this.#offer(pc));
    pc.onicecandidate = ({ candidate }) => {
      if (this.#pc === pc && candidate?.candidate) this.#send(candidate.toJSON());
    };
    pc.ontrack = ({ track }) => {
      if (this.#pc !== pc) return;
      const others = this.remote.value.filter((other) => other.kind !== track.kind);
      this.remote.value = [...others, track];
    };
    pc.onconnectionstatechange = mine(() => this.#changed(pc));
    pc.oniceconnectionstatechange = mine(() => this.#changed(pc));
    if (offering) {
      for (const kind of ["audio", "video"] as const) {
        const sent = pc.addTransceiver(kind, { direction: "sendrecv", streams: [stream] });
        void this.#load(sent);
      }
    }
    return pc;
  }

  #drop(): void {
    this.#cancelRepair?.();
    this.#cancelRepair = null;
    this.#pc?.close();
    this.#pc = null;
    this.#makingOffer = false;
    this.#early = [];
    this.#batch = [];
    this.#history = noHistory;
    this.remote.value = [];
    this.reading.value = noHistory.reading;
  }

  /** Puts our track on a transceiver, so that what is negotiated is also sent. */
  async #load(transceiver: RTCRtpTransceiver): Promise<void> {
    const track = transceiver.receiver.track.kind === "audio" ? this.#outgoing.audio : this.#outgoing.video;
    if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
  }

  // Negotiation --------------------------------------------------------------------------------

  async #offer(pc: RTCPeerConnection): Promise<void> {
    try {
      this.#makingOffer = true;
      await pc.setLocalDescription();
      if (this.#pc !== pc || pc.localDescription?.type !== "offer") return;
      this.#parts.signals.offer({ type: "offer", sdp: pc.localDescription.sdp });
    } catch (reason) {
      // Overtaken by the partner's offer or by a new connection; anything else is worth knowing.
      if (this.#pc === pc && pc.signalingState === "stable") {
        this.#parts.report("No offer could be made", reason);
      }
    } finally {
      if (this.#pc === pc) this.#makingOffer = false;
    }
  }

  async #take(event: "offer" | "answer" | "ice_candidate", payload: Relayed): Promise<void> {
    if (!this.#pc) return;
    if (event === "ice_candidate") return this.#takeCandidate(this.#pc, payload.candidate);
    const description = descriptionOf(payload[event], event);
    if (!description) return;
    await (event === "offer" ? this.#takeOffer(description) : this.#takeAnswer(description));
  }

  async #takeOffer(offer: RTCSessionDescriptionInit): Promise<void> {
    let pc = this.#pc as RTCPeerConnection;
    const glare = this.#makingOffer || pc.signalingState !== "stable";
    if (this.#parts.initiator && glare) return;
    const before = pc.remoteDescription;
    // A fresh connection with an offer of its own has nothing to roll back to: begin again.
    if (before ? isOfAnother(before.sdp, offer.sdp ?? "") : glare) pc = this.#build(false);
    const fresh = !pc.remoteDescription;
    try {
      await this.#answer(pc, offer);
    } catch (reason) {
      if (this.#pc !== pc || fresh) throw reason;
      // It does not fit what was agreed on before, so that must go.
      await this.#answer(this.#build(false), offer);
    }
  }

  async #answer(pc: RTCPeerConnection, offer: RTCSessionDescriptionInit): Promise<void> {
    await pc.setRemoteDescription(offer);
    for (const transceiver of pc.getTransceivers()) {
      if (transceiver.direction === "recvonly") {
        transceiver.direction = "sendrecv";
        transceiver.sender.setStreams?.(this.#parts.stream);
      }
      await this.#load(transceiver);
    }
    await this.#takeEarly(pc);
    await pc.setLocalDescription();
    if (this.#pc === pc && pc.localDescription) {
      this.#parts.signals.answer({ type: "answer", sdp: pc.localDescription.sdp });
    }
  }

  async #takeAnswer(answer: RTCSessionDescriptionInit): Promise<void> {
    const pc = this.#pc as RTCPeerConnection;
    if (pc.signalingState !== "have-local-offer") return;
    const before = pc.remoteDescription;
    if (before && fingerprintOf(before.sdp) !== fingerprintOf(answer.sdp ?? "")) {
      // The partner reloaded between our offer and its answer: start over with the new page.
      this.#build(true);
      return;
    }
    await pc.setRemoteDescription(answer);
    await this.#takeEarly(pc);
  }

  async #takeCandidate(pc: RTCPeerConnection, signalled: unknown): Promise<void> {
    const candidate = candidateOf(signalled);
    if (!candidate) return;
    if (!pc.remoteDescription) {
      if (this.#early.length < MAX_EARLY) this.#early.push(candidate);
      return;
    }
    if (belongsTo(candidate, pc.remoteDescription.sdp)) await pc.addIceCandidate(candidate);
  }

  /** Candidates may come before the description they belong to. */
  async #takeEarly(pc: RTCPeerConnection): Promise<void> {
    const early = this.#early;
    this.#early = [];
    for (const candidate of early) await this.#takeCandidate(pc, candidate);
  }

  #send(candidate: RTCIceCandidateInit): void {
    this.#batch.push(candidate);
    if (this.#batch.length > 1) return;
    const batch = this.#batch;
    this.#parts.clock.after(BATCH_MS, () => {
      if (this.#batch !== batch) return;
      this.#batch = [];
      this.#parts.signals.candidates(batch);
    });
  }

  // Watching and repairing ---------------------------------------------------------------------

  #changed(pc: RTCPeerConnection): void {
    if (pc.connectionState === "connected") {
      this.#repairs = 0;
      this.#cancelRepair?.();
      this.#cancelRepair = null;
      if (this.status.value !== "connected") {
        this.status.value = "connected";
        this.#everConnected = true;
        this.#watch(pc);
      }
    } else if (this.#isBroken()) {
      this.status.value = this.#everConnected ? "reconnecting" : "connecting";
      const failed = pc.connectionState === "failed" || pc.iceConnectionState === "failed";
      this.#repairSoon(failed ? 0 : DISCONNECTED_PATIENCE_MS);
    }
  }

  #isBroken(): boolean {
    const pc = this.#pc;
    const states = [pc?.connectionState, pc?.iceConnectionState];
    return states.includes("failed") || states.includes("disconnected");
  }

  /** Restarts ICE; when ICE is well and yet nothing flows, the whole connection. */
  #repairSoon(ms: number): void {
    if (this.#partnerAway) return;
    if (this.#cancelRepair) {
      if (ms > 0) return;
      this.#cancelRepair();
    }
    if (this.#repairs >= MAX_REPAIRS) {
      this.#cancelRepair = null;
      this.status.value = "failed";
      return;
    }
    this.#cancelRepair = this.#parts.clock.after(ms, () => {
      this.#cancelRepair = null;
      const pc = this.#pc;
      if (!pc || this.#partnerAway || !this.#isBroken()) return;
      this.#repairs += 1;
      if (pc.iceConnectionState === "connected" || pc.iceConnectionState === "completed") {
        this.#build(true);
      } else {
        pc.restartIce();
      }
      this.#cancelRepair = this.#parts.clock.after(REPAIR_PAUSE_MS, () => {
        this.#cancelRepair = null;
        if (this.#isBroken()) this.#repairSoon(0);
      });
    });
  }

  #watch(pc: RTCPeerConnection): void {
    void pc.getStats().then((report) => {
      if (this.#pc !== pc || pc.connectionState !== "connected") return;
      const entries: Parameters<typeof sampleOf>[0] = [...report.values()];
      this.#history = next(this.#history, sampleOf(entries, this.#parts.clock.now()));
      this.reading.value = this.#history.reading;
      this.#parts.clock.after(STATS_MS, () => {
        if (this.#pc === pc && pc.connectionState === "connected") this.#watch(pc);
      });
    });
  }
}
