/**
 * What travels between this client and the server, native dialect.
 * Times are ISO 8601 in UTC with milliseconds; country codes are ISO 3166-1 alpha-2.
 */

export type RoomType = "chat" | "video";
export type DisconnectReason = "left" | "skipped" | "dropped";
export type Relaxation = "interests" | "language" | "country";

export interface Preferences {
  country?: string;
  countries?: string[];
  countryRequired?: boolean;
  myCountry?: string;
  interests?: string[];
  language?: string;
}

export interface Join {
  type: RoomType;
  preferences?: Preferences;
}

export interface PartnerFound {
  roomId: string;
  type: RoomType;
  partnerId: string;
  initiator: boolean;
  shared: string[];
}

export interface Session {
  token: string;
  actor: { id: string; kind: "guest" | "user" };
  recovered: boolean;
  room: PartnerFound | null;
}

export interface WaitingForPartner {
  type: RoomType;
  position?: number;
  waiting?: number;
  rung: number;
  relaxed: Relaxation[];
}

export interface PartnerDisconnected {
  roomId: string;
  reason: DisconnectReason;
}

export interface PartnerReconnecting {
  roomId: string;
}

export interface PartnerReconnected {
  roomId: string;
}

export interface NewMessage {
  id: string;
  text: string;
  sender: string;
  timestamp: string;
  type: string;
  roomId: string;
}

export interface UserTyping {
  roomId: string;
  isTyping: boolean;
}

export interface UserCountUpdate {
  count: number;
}

export interface ErrorEvent {
  code: string;
  message: string;
  event?: string;
  retryAfterMs?: number;
}

export interface ServerDraining {
  retryAfterMs: number;
}

export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

export interface IceServers {
  iceServers: IceServer[];
  /** Seconds for which the credentials are good. */
  ttl: number;
}
