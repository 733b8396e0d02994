/**
 * As much of an RTCPeerConnection as negotiation needs: signalling states, implicit rollback,
 * transceivers, certificates and generations, after W3C WebRTC sections 4.3 to 4.7.
 */

export interface FakeTrack {
  kind: "audio" | "video";
  id: string;
}

class FakeTransceiver {
  stopped = false;
  readonly receiver: { track: FakeTrack };
  readonly sender = {
    track: null as unknown,
    replaceTrack: async (track: unknown) => {
      this.sender.track = track;
    },
    setStreams: () => undefined,
  };

  constructor(
    kind: "audio" | "video",
    public direction: string,
  ) {
    this.receiver = { track: { kind, id: `remote-${kind}` } };
  }
}

let made = 0;

export class FakeConnection {
  signalingState = "stable";
  connectionState = "new";
  iceConnectionState = "new";
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  readonly added: RTCIceCandidateInit[] = [];
  restarts = 0;
  closed = false;
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  ontrack: ((event: { track: FakeTrack }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  stats: Record<string, unknown>[] = [];
  /** Later offers do not fit this connection, says the browser. */
  refuses = false;
  readonly #session: number;
  readonly #fingerprint: string;
  readonly #transceivers: FakeTransceiver[] = [];
  #generation = 1;
  #stableRemote: { type: string; sdp: string } | null = null;
  #wanted = false;

  /** With a certificate of its own, unless it is given one. */
  constructor(certificate?: string) {
    made += 1;
    this.#session = made;
    this.#fingerprint = `sha-256 ${certificate ?? made}`;
  }

  get ufrag(): string {
    return `${this.#session}g${this.#generation}`;
  }

  addTransceiver(kind: "audio" | "video", { direction }: { direction: string }): FakeTransceiver {
    const transceiver = new FakeTransceiver(kind, direction);
    this.#transceivers.push(transceiver);
    this.#want();
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.#transceivers;
  }

  restartIce(): void {
    this.restarts += 1;
    this.#generation += 1;
    this.#want();
  }

  async setLocalDescription(): Promise<void> {
    if (this.closed) throw new Error("closed");
    await Promise.resolve();
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    this.localDescription = { type, sdp: this.#sdp() };
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    if (type === "answer") this.#stableRemote = this.remoteDescription;
  }

  async setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    await Promise.resolve();
    if (this.refuses || description.sdp.includes("nonsense")) throw new Error("the order of m-lines differs");
    if (description.type === "answer" && this.signalingState !== "have-local-offer") throw new Error("wrong state");
    if (this.#stableRemote && fingerprint(this.#stableRemote.sdp) !== fingerprint(description.sdp)) {
      throw new Error("another certificate");
    }
    this.remoteDescription = description;
    if (description.type === "offer") {
      this.signalingState = "have-remote-offer";
      for (const kind of ["audio", "video"] as const) {
        if (!this.#transceivers.some((one) => one.receiver.track.kind === kind)) {
          this.#transceivers.push(new FakeTransceiver(kind, "recvonly"));
        }
      }
    } else {
      this.signalingState = "stable";
      this.#stableRemote = description;
    }
    for (const transceiver of this.#transceivers) this.ontrack?.({ track: transceiver.receiver.track });
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    this.added.push(candidate);
  }

  async getStats(): Promise<Map<string, Record<string, unknown>>> {
    return new Map(this.stats.map((one) => [String(one.id), one]));
  }

  close(): void {
    this.closed = true;
  }

  /** The network speaks. */
  becomes(state: string): void {
    this.connectionState = state;
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
    this.onconnectionstatechange?.();
  }

  #want(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    queueMicrotask(() => {
      this.#wanted = false;
      if (!this.closed) this.onnegotiationneeded?.();
    });
  }

  #sdp(): string {
    return `v=0\r\no=- ${this.#session} ${this.#generation} IN IP4 127.0.0.1\r\na=fingerprint:${this.#fingerprint}\r\na=ice-ufrag:${this.ufrag}\r\n`;
  }
}

function fingerprint(sdp: string): string {
  return /a=fingerprint:(.*)\r/.exec(sdp)?.[1] ?? "";
}
