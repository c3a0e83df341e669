// better-auth with its SCIM plugin, in memory: node better_auth.mjs PORT TOKEN
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { getAuthTables } from "better-auth/db";
import { toNodeHandler } from "better-auth/node";
import { scim } from "@better-auth/scim";

const [port, token] = process.argv.slice(2);
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: "a secret of at least thirty-two characters",
  rateLimit: { enabled: false },
  logger: { level: "error" },
  telemetry: { enabled: false },
  plugins: [scim({ connections: [{ id: "orgsdk", credentials: [{ id: "key", token }] }] })],
};
const tables = {};
for (const [name, table] of Object.entries(getAuthTables(options))) {
  tables[name] = [];
  tables[table.modelName ?? name] = tables[name];
}
const auth = betterAuth({ ...options, database: memoryAdapter(tables) });
createServer(toNodeHandler(auth)).listen(Number(port), "127.0.0.1", () => console.log("/api/auth/scim/v2"));
