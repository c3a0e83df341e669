// Polis, which is a module, behind a server of a few lines: node polis.mjs PORT TOKEN
import { createServer } from "node:http";
import jackson from "@boxyhq/saml-jackson";

const [port, token] = process.argv.slice(2);
const { directorySyncController } = await jackson.default({
  externalUrl: `http://127.0.0.1:${port}`,
  samlAudience: "https://example.com",
  samlPath: "/saml",
  scimPath: "/scim/v2.0",
  db: { engine: "mem" },
  noAnalytics: true,
});
const { data: directory } = await directorySyncController.directories.create({
  tenant: "orgsdk",
  product: "tests",
  type: "generic-scim-v2",
});
// The directory's secret is Polis' own. The client has the token of the command line.
const secret = directory.scim.secret;
const root = `/scim/v2.0/${directory.id}`;

async function answer(request) {
  const url = new URL(request.url, "http://localhost");
  const [resourceType, resourceId] = url.pathname.slice(root.length + 1).split("/").map(decodeURIComponent);
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  const number = (name) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined);
  return directorySyncController.requests.handle({
    method: request.method,
    body: text ? JSON.parse(text) : undefined,
    directoryId: directory.id,
    resourceType,
    resourceId,
    apiSecret: request.headers.authorization === `Bearer ${token}` ? secret : null,
    query: { count: number("count"), startIndex: number("startIndex"), filter: url.searchParams.get("filter") ?? undefined },
  });
}

createServer(async (request, response) => {
  let found;
  try {
    found = await answer(request);
  } catch {
    found = { status: 500, data: { error: { message: "Internal Server Error" } } };
  }
  response.writeHead(found.status, { "Content-Type": "application/scim+json" });
  response.end(JSON.stringify(found.data));
}).listen(Number(port), "127.0.0.1", () => console.log(root));
