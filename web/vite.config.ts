/** Builds the client into the Python package, which serves it from its own port. */
import { defineConfig } from "vitest/config";

const server = "http://localhost:3000";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../src/parley/static",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no inline script, so nothing may be inlined.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    proxy: { "/socket.io": { target: server, ws: true }, "/api": server, "/health": server },
  },
  test: { environment: "node", include: ["tests/**/*.test.ts"] },
});
