/** Fails when what a visitor downloads (HTML, CSS and JavaScript, gzipped) outgrows its budget. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET = 60_000;
const root = new URL("../../src/parley/static/", import.meta.url).pathname;

let total = 0;
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(html|css|js)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = gzipSync(readFileSync(path), { level: 9 }).length;
  total += bytes;
  console.log(`${String(bytes).padStart(7)}  ${path.slice(root.length)}`);
}
console.log(`${String(total).padStart(7)}  of ${BUDGET} bytes, gzipped`);
if (total === 0 || total >= BUDGET) {
  console.error(total === 0 ? "Nothing is built: npm run build." : "The client is over its budget.");
  process.exit(1);
}
