import { beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../src/account";
import { TurnedClock } from "./fakes/clock";
import { wear, wornBefore } from "../src/theme";
import { FakeRest, fine, refused, signedIn, user } from "./fakes/rest";
import { memory } from "./fakes/wire";

let rest: FakeRest;
let account: Account;

beforeEach(async () => {
  rest = new FakeRest();
  account = rest.account(new TurnedClock());
  rest.will("POST /api/auth/login", signedIn());
  await account.signIn("ann", "secret");
});

describe("what is mine", () => {
  it("is shown as the server has it after a change", async () => {
    rest.will("PUT /api/auth/profile", fine({ user: { ...user, name: "Ann" } }), refused(400, "bad_request"));
    expect(await account.mine.change({ name: "Ann " })).toBeNull();
    expect(account.user.value?.name).toBe("Ann");
    expect((await account.mine.change({ website: "nonsense" }))?.code).toBe("bad_request");
    expect(account.user.value?.name).toBe("Ann");
  });

  it("has a picture, sent as a form, or none", async () => {
    rest.will("POST /api/auth/avatar", fine({ user: { ...user, avatar: "/api/avatars/a.jpg" } }));
    rest.will("DELETE /api/auth/avatar", fine({ user }));
    const picture = new Blob(["jpeg"], { type: "image/jpeg" });
    expect(await account.mine.putPicture(picture)).toBeNull();
    expect((rest.of("/api/auth/avatar")[0]?.body as FormData).get("avatar")).toBeInstanceOf(File);
    expect(account.user.value?.avatar).toBe("/api/avatars/a.jpg");
    expect(await account.mine.removePicture()).toBeNull();
    expect(account.user.value?.avatar).toBe("");
  });

  it("has a status, in the words of the route for it", async () => {
    rest.will("PATCH /status", fine({}), refused(503, "overloaded"));
    expect(await account.mine.setStatus("dnd")).toBeNull();
    expect(rest.of("/status")[0]?.body).toEqual({ status: "busy" });
    expect(account.user.value?.status).toBe("dnd");
    expect((await account.mine.setStatus("online"))?.code).toBe("overloaded");
    expect(account.user.value?.status).toBe("dnd");
  });

  it("has a password that is changed by who knows the present one, and can be a first one", async () => {
    account.mine.heard({ hasPassword: false });
    rest.will("PUT /api/auth/password", fine({}));
    expect(await account.mine.changePassword("", "Secret-12")).toBeNull();
    expect(rest.of("/api/auth/password")[0]?.body).toEqual({ currentPassword: "", newPassword: "Secret-12" });
    expect(account.user.value?.hasPassword).toBe(true);
  });

  it("has devices and blocks, each ended by the name that its list has for it", async () => {
    rest.will("GET /api/auth/blocks", fine({ blocks: [] }));
    rest.will("DELETE /api/auth/block/a%2Fb", fine({}), refused(404, "not_found"));
    rest.will("DELETE /api/auth/sessions/s1", fine({}));
    expect(await account.mine.blocked()).toEqual(fine({ blocks: [] }));
    expect(await account.mine.unblock("a/b")).toBeNull();
    expect((await account.mine.unblock("a/b"))?.code).toBe("not_found");
    expect(await account.mine.endSession("s1")).toBeNull();
  });

  it("is gone with the password, and stays without it", async () => {
    rest.will("DELETE /api/auth/me", refused(401, "invalid_credentials"), fine({}));
    expect((await account.mine.remove("no"))?.code).toBe("invalid_credentials");
    expect(account.user.value).toEqual(user);
    expect(await account.mine.remove("secret")).toBeNull();
    expect(rest.of("/api/auth/me").map((one) => one?.body)).toEqual([{ password: "no" }, { password: "secret" }]);
    expect(account.user.value).toBeNull();
    expect(account.ended.value).toContain("deleted");
    expect(account.signedIn()).toBe(false);
  });
});

describe("ways in", () => {
  it("are what the server has, and a letter for who forgot the password", async () => {
    const ways = { success: true, providers: [{ id: "google", name: "Google" }], passwordReset: true };
    rest.will("GET /api/auth/providers", fine(ways));
    rest.will("POST /api/auth/password/forgot", fine({}));
    rest.will("POST /api/auth/password/reset", refused(400, "invalid_reset"), fine({}));
    expect(await account.ways.all()).toEqual(fine(ways));
    expect(await account.ways.forgot("a@b.example")).toBeNull();
    expect((await account.ways.reset("t", "Secret-12"))?.code).toBe("invalid_reset");
    expect(await account.ways.reset("t", "Secret-12")).toBeNull();
    expect(rest.of("/api/auth/password/reset")[1]?.body).toEqual({ token: "t", newPassword: "Secret-12" });
  });
});

describe("the colours", () => {
  it("are worn again on the next visit, until the device's are wanted", () => {
    const root: { dataset: DOMStringMap } = { dataset: {} };
    const browser = memory({ theme: "purple" });
    expect(wornBefore(browser)).toBe("system");
    wear("dark", root, browser);
    expect(root.dataset.theme).toBe("dark");
    expect(wornBefore(browser)).toBe("dark");
    wear("system", root, browser);
    expect(root.dataset).toEqual({});
    expect(wornBefore(browser)).toBe("system");
  });

  it("are the account's on all devices", async () => {
    const settings = { theme: "light" };
    rest.will("PUT /api/auth/profile", fine({ user: { ...user, settings } }));
    expect(await account.mine.wear("light")).toBeNull();
    expect(rest.of("/api/auth/profile")[0]?.body).toEqual({ settings });
    expect(account.user.value?.settings.theme).toBe("light");
  });
});
