// scimmy with its routers, over maps: node scimmy.mjs PORT TOKEN
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);

function declare(type, key) {
  const rows = new Map();
  SCIMMY.Resources.declare(type, {
    egress: (resource) => {
      if (!resource.id) return [...rows.values()];
      if (!rows.has(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      return rows.get(resource.id);
    },
    ingress: (resource, data) => {
      const value = JSON.parse(JSON.stringify(data));
      const id = resource.id ?? randomUUID();
      const now = new Date().toISOString();
      if (resource.id && !rows.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
      for (const [other, row] of rows) {
        if (other !== id && String(row[key]).toLowerCase() === String(value[key]).toLowerCase()) {
          throw new SCIMMY.Types.Error(409, "uniqueness", `${key} is taken`);
        }
      }
      const created = rows.get(id)?.meta.created ?? now;
      rows.set(id, { ...value, id, meta: { created, lastModified: now } });
      return rows.get(id);
    },
    degress: (resource) => {
      if (!rows.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
    },
  });
}

declare(SCIMMY.Resources.User, "userName");
declare(SCIMMY.Resources.Group, "displayName");
const app = express();
const handler = (request) => {
  if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("The token is not valid.");
  return "orgsdk";
};
app.use("/scim/v2", new SCIMMYRouters({ type: "bearer", handler }));
app.listen(Number(port), "127.0.0.1", () => console.log("/scim/v2"));
