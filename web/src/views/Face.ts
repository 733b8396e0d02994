/** One's picture. */
import type { Account as User } from "../api/types";

/** Initials change with the name, and browsers keep a picture for a while: so they have another address then. */
export function faceOf(user: Pick<User, "avatar" | "name" | "username">): string {
  return user.avatar.endsWith(".svg") ? `${user.avatar}?of=${encodeURIComponent(user.name || user.username)}` : user.avatar;
}
