/**
 * What belongs to one's account, and what one can do with it: profile, picture, status, password, devices,
 * blocked people, data. What the server answers is what is shown.
 */
import type {
  Account as User,
  AvailabilityChange,
  BlockShown,
  Changed,
  ErrorEvent,
  Export,
  ProfileChange,
  SessionShown,
} from "./api/types";
import type { Account } from "./account";
import type { Outcome } from "./rest";
import type { Theme } from "./theme";

export type Status = User["status"];

/** Seed 000's words, which the route for it speaks. */
const AVAILABILITY: Record<Status, AvailabilityChange["status"]> = {
  online: "available",
  away: "away",
  dnd: "busy",
  offline: "offline",
};

export class Mine {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async change(profile: ProfileChange): Promise<ErrorEvent | null> {
    return this.#changed(await this.#account.send("PUT", "/api/auth/profile", profile));
  }

  /** Only who is `online` is introduced to strangers. */
  async setStatus(status: Status): Promise<ErrorEvent | null> {
    const answer = await this.#account.send("PATCH", "/status", { status: AVAILABILITY[status] });
    if (answer.ok) this.heard({ status });
    return failed(answer);
  }

  /** Light or dark, on all devices. */
  async wear(theme: Theme): Promise<ErrorEvent | null> {
    return this.change({ settings: { theme } });
  }

  /** `picture`: a PNG, a JPEG or a WebP of at most 2 MiB. */
  async putPicture(picture: Blob): Promise<ErrorEvent | null> {
    const form = new FormData();
    form.set("avatar", picture, "picture");
    return this.#changed(await this.#account.send("POST", "/api/auth/avatar", form));
  }

  async removePicture(): Promise<ErrorEvent | null> {
    return this.#changed(await this.#account.send("DELETE", "/api/auth/avatar"));
  }

  /** All other sessions end. `current` is empty for who has no password yet. */
  async changePassword(current: string, next: string): Promise<ErrorEvent | null> {
    const body = { currentPassword: current, newPassword: next };
    const answer = await this.#account.send("PUT", "/api/auth/password", body);
    if (answer.ok) this.heard({ hasPassword: true });
    return failed(answer);
  }

  /** Where one is signed in, the latest first. */
  async sessions(): Promise<Outcome<{ sessions: SessionShown[] }>> {
    return this.#account.send("GET", "/api/auth/sessions");
  }

  async endSession(id: string): Promise<ErrorEvent | null> {
    return failed(await this.#account.send("DELETE", `/api/auth/sessions/${encodeURIComponent(id)}`));
  }

  async blocked(): Promise<Outcome<{ blocks: BlockShown[] }>> {
    return this.#account.send("GET", "/api/auth/blocks");
  }

  async unblock(id: string): Promise<ErrorEvent | null> {
    return failed(await this.#account.send("DELETE", `/api/auth/block/${encodeURIComponent(id)}`));
  }

  /** All that the server keeps of oneself. */
  async all(): Promise<Outcome<Export>> {
    return this.#account.send("GET", "/api/auth/export");
  }

  /** Deletes the account. `password` is empty for who has none. */
  async remove(password: string): Promise<ErrorEvent | null> {
    const body = password ? { password } : undefined;
    const answer = await this.#account.leave(() => this.#account.send("DELETE", "/api/auth/me", body));
    if (answer.ok) this.#account.forget("Your account is deleted.");
    return failed(answer);
  }

  /** What became known of one's account. */
  heard(change: Partial<User>): void {
    const user = this.#account.user.value;
    if (user) this.#account.user.value = { ...user, ...change };
  }

  #changed(answer: Outcome<Changed>): ErrorEvent | null {
    if (answer.ok) this.heard(answer.body.user);
    return failed(answer);
  }
}

function failed(answer: Outcome<unknown>): ErrorEvent | null {
  return answer.ok ? null : answer.error;
}
