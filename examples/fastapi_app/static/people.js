// The state of the page is its URL: ?query=…&role=…&cursor=…. Reload, share and back show the same page.

const PAGE_SIZE = 12;
const TYPING_PAUSE = 250; // milliseconds

const at = (id) => document.getElementById(id);
const fields = { query: at("query"), role: at("role") };
let page = { items: [], next_cursor: null, previous_cursor: null, total: null };
let current = new AbortController();
let roles = { roles: [], several: false };

function state() {
  const params = new URLSearchParams(location.search);
  return { query: params.get("query") ?? "", role: params.get("role") ?? "", cursor: params.get("cursor") ?? "" };
}

function isRefused(response) {
  return response.status >= 400 && response.status < 500 && response.status !== 429;
}

function go(next, { replace = false } = {}) {
  const params = new URLSearchParams(Object.entries(next).filter(([, value]) => value));
  at("notice").hidden = true;
  history[replace ? "replaceState" : "pushState"](null, "", params.size ? `?${params}` : location.pathname);
  return load();
}

async function load() {
  current.abort(); // cancel the previous request
  const { signal } = (current = new AbortController());
  const { query, role, cursor } = state();
  fields.query.value = fields.query === document.activeElement ? fields.query.value : query;
  fields.role.value = role;
  at("people").setAttribute("aria-busy", "true");
  at("count").textContent ||= "Loading…";
  const params = new URLSearchParams({ ...(query && { query }), ...(role && { role }) });
  // A cursor contains the page size.
  params.set(...(cursor ? ["cursor", cursor] : ["page_size", PAGE_SIZE]));
  try {
    const response = await fetch(`/api/users?${params}`, { signal, headers: { Accept: "application/json" } });
    const body = await response.json().catch(() => null); // null for the page of a proxy
    if (signal.aborted) return;
    if (cursor && isRefused(response)) {
      await go({ query, role }, { replace: true });
      note("That part of the list is no longer available. The list starts again.");
      return;
    }
    if (!response.ok || !body) throw new Error(text(body, Number(response.headers.get("Retry-After"))));
    show(body);
  } catch (error) {
    if (error.name === "AbortError") return;
    fail(error instanceof TypeError ? "The app cannot be reached." : error.message);
  }
  at("people").setAttribute("aria-busy", "false");
}

function text(problem, seconds) {
  const detail = typeof problem?.detail === "string" ? problem.detail : "This did not work.";
  const sentence = detail.charAt(0).toUpperCase() + detail.slice(1).replace(/\.?$/, ".");
  if (!seconds) return sentence;
  return `${sentence} Try again in ${seconds < 120 ? long(seconds, "second") : long(Math.ceil(seconds / 60), "minute")}.`;
}

function long(number, unit) {
  return number.toLocaleString("en", { style: "unit", unit, unitDisplay: "long" });
}

function show(found) {
  page = found;
  at("problem").hidden = true;
  at("card").hidden = false;
  at("rows").replaceChildren(...page.items.map(row));
  at("nobody").hidden = page.items.length > 0;
  at("previous").disabled = !page.previous_cursor;
  at("next").disabled = !page.next_cursor;
  showTotal(page.total);
}

async function showTotal(total) {
  const { signal } = current;
  const { query, role } = state();
  if (total === null) {
    // The provider's pages have no total: ask for it, and show the page meanwhile.
    const params = new URLSearchParams({ query, role });
    const response = await fetch(`/api/users/count?${params}`, { signal }).catch(() => null);
    total = response?.ok ? await response.json().catch(() => null) : null;
    if (signal.aborted) return;
  }
  const many = (number) => `${number.toLocaleString("en")} ${number === 1 ? "person" : "people"}`;
  at("count").textContent = total === null ? `${many(page.items.length)} on this page` : many(total);
}

function note(message) {
  at("notice").textContent = message;
  at("notice").hidden = false;
}

function fail(message) {
  at("problem-text").textContent = message;
  at("problem").hidden = false;
  if (page.items.length > 0) return; // keep the current rows
  at("card").hidden = true;
  at("count").textContent = "";
}

function row(user) {
  const made = at("row").content.cloneNode(true);
  const put = (name, value) => (made.querySelector(`.${name}`).textContent = value ?? "");
  const name = user.name || user.username || user.id;
  put("name", name);
  put("username", user.username);
  put("email", user.email);
  put("initials", name.split(/\s+/).slice(0, 2).map((word) => [...word][0]).join("").toUpperCase());
  made.querySelector(".initials").style.setProperty("--hue", hue(user.id));
  made.querySelector(".roles").append(...user.roles.map(chip));
  const change = made.querySelector(".change");
  change.hidden = roles.roles.length === 0;
  change.setAttribute("aria-label", `Change the roles of ${name}`);
  change.addEventListener("click", () => changeRoles(user, name));
  return made;
}

function chip(role) {
  const made = document.createElement("span");
  made.className = "chip";
  made.textContent = role;
  return made;
}

function hue(id) {
  return [...id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
}

async function loadRoles() {
  const response = await fetch("/api/roles").catch(() => null);
  if (!response?.ok) return; // the provider cannot list roles: hide the filter
  roles = await response.json();
  fields.role.append(...roles.roles.map((role) => new Option(role.name, role.name)));
  at("role-field").hidden = roles.roles.length === 0;
  for (const change of document.querySelectorAll(".change")) change.hidden = roles.roles.length === 0;
  fields.role.value = state().role;
}

// A dialog: choose roles, send, and show an error in the dialog.

function choices(dialog, chosen) {
  const several = roles.several;
  const options = roles.roles.map((role) => {
    const input = Object.assign(document.createElement("input"), {
      type: several ? "checkbox" : "radio", name: "roles", value: role.name, checked: chosen.includes(role.name),
    });
    const label = document.createElement("label");
    label.append(input, role.name);
    return label;
  });
  const legend = dialog.querySelector("legend");
  legend.textContent = several ? "Roles" : "Role";
  dialog.querySelector(".choices").replaceChildren(legend, ...options);
  dialog.querySelector(".choices").hidden = options.length === 0;
}

function ask(dialog, request, done) {
  const form = dialog.querySelector("form");
  const failure = dialog.querySelector(".failure");
  failure.hidden = true;
  dialog.querySelector(".cancel").onclick = () => dialog.close();
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.disabled) return; // a second click
    button.disabled = true;
    const { method, path, body } = request(new FormData(form));
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(path, { method, headers, body: JSON.stringify(body) }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    button.disabled = false;
    if (!response?.ok) {
      failure.textContent = response ? text(answer, Number(response.headers.get("Retry-After"))) : "The app cannot be reached.";
      failure.hidden = false;
      return;
    }
    dialog.close();
    await done(answer);
  };
  dialog.showModal();
}

function changeRoles(user, name) {
  const dialog = at("roles-dialog");
  at("roles-title").textContent = name;
  choices(dialog, user.roles);
  ask(
    dialog,
    (data) => ({ method: "PUT", path: `/api/users/${encodeURIComponent(user.id)}/roles`, body: { roles: data.getAll("roles") } }),
    async () => {
      await load();
      note(`The roles of ${name} were changed.`);
    },
  );
}

at("invite").addEventListener("click", () => {
  const dialog = at("invite-dialog");
  dialog.querySelector("form").reset();
  choices(dialog, roles.several ? [] : [roles.roles[0]?.name]);
  ask(
    dialog,
    (data) => ({ method: "POST", path: "/api/invitations", body: { email: data.get("email"), roles: data.getAll("roles") } }),
    (invitation) => note(`${invitation.email} was invited.`),
  );
});

let pause;
fields.query.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(search, TYPING_PAUSE, { replace: true });
});
fields.role.addEventListener("change", () => search());
at("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  search();
});

function search(how) {
  return go({ query: fields.query.value.trim(), role: fields.role.value }, how);
}

async function turn(cursor, button) {
  if (cursor === state().cursor) return; // a second click, before the page was loaded
  await go({ ...state(), cursor });
  scrollTo({ top: 0 });
  // Move the focus away from a disabled button.
  if (button.disabled) at(button.id === "next" ? "previous" : "next").focus();
}

at("previous").addEventListener("click", (event) => turn(page.previous_cursor, event.currentTarget));
at("next").addEventListener("click", (event) => turn(page.next_cursor, event.currentTarget));
at("retry").addEventListener("click", () => {
  if (at("role-field").hidden) loadRoles();
  load();
});
addEventListener("popstate", () => {
  document.activeElement.blur();
  load();
});

loadRoles();
load();
