/** A client with a server it can be told everything by, and peers that are none. */
import type { PartnerFound, Session } from "../../src/api/types";
import { Client } from "../../src/client";
import type { Keep } from "../../src/keep";
import { type Devices, Media } from "../../src/media";
import type { Peer, Signals } from "../../src/peer";
import { TurnedClock } from "./clock";
import { FakeWire, linkOver, memory } from "./wire";

export const pair: PartnerFound = { roomId: "r1", type: "video", partnerId: "them", initiator: true, shared: [] };
export const session = (more: Partial<Session> = {}): Session => ({
  token: "t",
  actor: { id: "a", kind: "guest" },
  recovered: false,
  room: null,
  ...more,
});

/** What the client does with a peer, without one. */
export class FakePeer {
  received: unknown[] = [];
  closed = false;
  away: boolean[] = [];
  constructor(
    readonly resumed: boolean,
    readonly signals: Signals,
  ) {}
  carry(): void {}
  async receive(event: string): Promise<void> {
    this.received.push(event);
  }
  partnerAway(away: boolean): void {
    this.away.push(away);
  }
  linkBack(): void {
    this.received.push("linkBack");
  }
  close(): void {
    this.closed = true;
  }
}

interface Around {
  tab?: Keep;
  browser?: Keep;
  devices?: Devices;
}

/** Everything around one client of one test. */
export class Surroundings {
  wire = new FakeWire();
  readonly clock = new TurnedClock();
  readonly peers: FakePeer[] = [];
  attending = true;

  /** Who was here before, and wanted text. */
  open({ tab = memory(), browser = memory({ wishes: '{"type":"chat"}' }), devices }: Around = {}): Client {
    const client = new Client({
      link: linkOver(this.wire, this.clock, tab),
      media: new Media(devices, browser, async () => false),
      openPeer: (_, resumed, signals) => {
        const peer = new FakePeer(resumed, signals);
        this.peers.push(peer);
        return peer as unknown as Peer;
      },
      browser,
      tab,
      clock: this.clock,
      attending: () => this.attending,
    });
    this.wire.says("connect");
    return client;
  }

  /** A client that is in a pair. */
  talking(): Client {
    const client = this.open();
    this.wire.says("session", session());
    void client.start();
    this.wire.sent.length = 0;
    this.wire.says("partner_found", pair);
    return client;
  }

  reconnect(more: Partial<Session>): void {
    this.wire.says("disconnect", "transport close");
    this.wire.says("connect");
    this.wire.says("session", session(more));
  }
}
