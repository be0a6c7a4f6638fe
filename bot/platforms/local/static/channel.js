// The page's script: live messages, threads, the box for commands and questions, buttons and their forms.

const body = document.body;
const here = { channel: body.dataset.channel, url: body.dataset.url };
const words = JSON.parse(document.getElementById("words").textContent);
const channel = document.getElementById("channel");
const panel = document.getElementById("thread");
const dialog = document.getElementById("form");
const narrow = matchMedia("(max-width: 63.99rem)");
const find = (selector, within = document) => within.querySelector(selector);
const message = (id, prefix) => document.getElementById(`${prefix}-${id}`);

// ------------------------------------------------------------------------------- acts

let token = find('meta[name="rinko-token"]').content;

/** Do something on the server. Gives what it answers: `error` says why it did not happen. */
async function act(path, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ channel: here.channel, ...fields })) {
    if (value) form.append(name, value);
  }
  const send = () => fetch(path, { method: "POST", body: form, headers: { "X-Rinko-Token": token } });
  try {
    let answer = await send();
    let said = await answer.json().catch(() => ({}));
    if (said.refused === "token") {
      await renewToken(); // the server was started again since the page was opened
      answer = await send();
      said = await answer.json().catch(() => ({}));
    }
    return answer.ok ? said : { error: said.error || words.failed_send };
  } catch {
    return { error: words.failed_send };
  }
}

async function renewToken() {
  const html = await (await fetch(here.url)).text();
  const page = new DOMParser().parseFromString(html, "text/html");
  token = find('meta[name="rinko-token"]', page).content;
}

// --------------------------------------------------------------------------- messages

const scroller = (within) => find(".scroll", within);
const listOf = (thread) => (thread ? find(`[data-list="${thread}"]`, panel) : find('[data-list=""]', channel));
const nearEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 90;
const toEnd = (box) => box.scrollTo({ top: box.scrollHeight });

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** Mark where a new day begins, and which messages go on from the one before. */
function arrange(list) {
  const root = list.closest("#thread") && find("[data-root] .message", panel);
  let [day, group] = [root ? root.dataset.day : "", ""];
  for (const item of list.children) {
    if (!item.dataset.id) continue;
    const same = item.dataset.day === day;
    item.classList.toggle("new-day", !same);
    item.classList.toggle("continued", same && item.dataset.group === group);
    ({ day, group } = item.dataset);
  }
  channel.classList.toggle("empty", !listOf("").querySelector(".message"));
}

/** Put an element in place of another one, leaving the keyboard where it was. */
function exchange(old, fresh) {
  const focusable = "a[href], button, article";
  const index = [...old.querySelectorAll(focusable)].indexOf(document.activeElement);
  fresh.classList.toggle("new-day", old.classList.contains("new-day"));
  fresh.classList.toggle("continued", old.classList.contains("continued"));
  old.replaceWith(fresh);
  if (index < 0) return;
  const there = [...fresh.querySelectorAll(focusable)];
  (there[index] || there[0]).focus({ preventScroll: true });
}

/** Show a message in its list; true if it is new there, null if it has no place there. */
function place(list, told) {
  const prefix = told.thread ? "t" : "m";
  const old = message(told.id, prefix);
  const fresh = find(".message", fragment(told.html));
  if (old) {
    exchange(old, fresh);
    return false;
  }
  const position = (item) => Number(item.dataset.position || -1);
  const items = [...list.children];
  if (items[0]?.matches(".earlier") && told.position < position(items[1])) return null; // not loaded yet
  const before = items.find((item) => position(item) > told.position);
  list.insertBefore(fresh, before || null);
  return true;
}

let meanwhile = null; // the changes that come while a thread is being fetched

/** Take one change from the server into the page. */
function apply(told) {
  meanwhile?.push(told);
  if (told.thread) updateLink(told);
  const list = listOf(told.thread);
  if (!list) return;
  if (told.gone) {
    message(told.id, told.thread ? "t" : "m")?.remove();
    if (openThread() === told.id) closeThread();
    arrange(list);
    return;
  }
  const box = list.closest(".scroll");
  const [stay, wasGrowing] = [nearEnd(box), message(told.id, told.thread ? "t" : "m")?.matches(".growing")];
  const isNew = place(list, told);
  if (isNew === null) return;
  if (told.copy && openThread() === told.id) exchange(message(told.id, "t"), find(".message", fragment(told.copy)));
  arrange(list);
  follow(box, told, stay, isNew);
  if (told.spoken && (isNew || wasGrowing)) speak(told.spoken);
}

function updateLink(told) {
  const foot = find(".foot", message(told.thread, "m") || panel);
  if (told.link !== undefined && message(told.thread, "m")) {
    const old = find(".thread-link", foot);
    const focused = old && old === document.activeElement;
    old?.remove();
    foot.append(fragment(told.link));
    if (focused) find(".thread-link", foot)?.focus({ preventScroll: true });
  }
  if (openThread() === told.thread) find(".replies span", panel).textContent = told.replies;
}

/** Go along with what appears, unless the reader is elsewhere; a digest is begun at its top. */
function follow(box, told, stay, isNew) {
  const item = message(told.id, told.thread ? "t" : "m");
  const [digest, begins] = [item.matches(".kind-card"), item.matches(".kind-header")];
  if (isNew && begins && stay) item.scrollIntoView({ block: "start" });
  else if ((told.mine && isNew) || (stay && !digest)) toEnd(box);
  else if (isNew && !told.thread && !nearEnd(box)) find(".latest").hidden = false;
}

let toSpeak = [];
/** Have new messages read out: a few in their words, many by their being there. */
function speak(spoken) {
  if (toSpeak.push(spoken) > 1) return;
  setTimeout(() => {
    find("#live").textContent = toSpeak.length > 2 ? words.new_messages : toSpeak.join(" ");
    toSpeak = [];
  }, 300);
}

async function showEarlier(link) {
  const url = new URL(link.href);
  url.searchParams.set("part", "list");
  const [list, box] = [listOf(""), scroller(channel)];
  const before = box.scrollHeight - box.scrollTop;
  const answer = await fetch(url);
  if (!answer.ok) return location.assign(link.href);
  const runs = fragment(await answer.text());
  const first = find("article", runs);
  link.closest("li").remove();
  list.prepend(runs);
  arrange(list);
  box.scrollTop = box.scrollHeight - before;
  first?.focus({ preventScroll: true });
}

/** Bring a message into view and the keyboard to it. */
function reveal(id, prefix = "m") {
  const item = message(id, prefix);
  if (!item) return false;
  item.scrollIntoView({ block: "start" });
  item.classList.remove("shown");
  requestAnimationFrame(() => item.classList.add("shown"));
  find("article", item).focus({ preventScroll: true });
  return true;
}

// ----------------------------------------------------------------------------- events

let source = null;
let revision = Number(body.dataset.revision);
let later = 0;

function listen() {
  source?.close();
  source = new EventSource(`/events?channel=${encodeURIComponent(here.channel)}&after=${revision}`);
  source.onopen = () => state("");
  source.onmessage = (event) => {
    revision = Number(event.lastEventId);
    apply(JSON.parse(event.data));
  };
  source.addEventListener("reset", () => location.reload());
  source.onerror = () => {
    state(words.offline);
    if (source.readyState === EventSource.CLOSED) later = setTimeout(listen, 3000);
  };
}

function state(text) {
  const line = find(".state");
  line.textContent = text;
  line.hidden = !text;
}

// A browser keeps only six connections to one server: tabs that nobody sees let theirs go.
document.addEventListener("visibilitychange", () => {
  clearTimeout(later);
  if (document.hidden) later = setTimeout(() => source.close(), 20_000);
  else if (source.readyState === EventSource.CLOSED) listen();
});
addEventListener("pagehide", () => source.close());
addEventListener("pageshow", (event) => event.persisted && listen());

// ---------------------------------------------------------------------------- threads

const openThread = () => (panel.hidden ? "" : find("[data-root]", panel)?.dataset.root || "");

function settlePanel(open) {
  panel.hidden = !open;
  body.classList.toggle("in-thread", open);
  channel.inert = open && narrow.matches;
}

/** Open a thread beside the channel. False where there is none. */
async function showThread(path) {
  const missed = (meanwhile = []); // what is fetched may be older than what has been told since
  const answer = await fetch(`${path}?part=panel`);
  const html = await answer.text();
  if (meanwhile === missed) meanwhile = null;
  if (!answer.ok) return false;
  panel.replaceChildren(fragment(html));
  settlePanel(true);
  arrange(find("[data-list]", panel));
  find(".composer", panel) && new Composer(find(".composer", panel));
  missed.filter((told) => openThread() === told.thread || (told.copy && openThread() === told.id)).forEach(apply);
  find("#thread-title").focus({ preventScroll: true });
  return true;
}

async function openPath(url) {
  if (openThread() && url.pathname === location.pathname) return reveal(url.hash.slice(3), "t");
  if (!(await showThread(url.pathname))) return location.assign(url);
  const pushed = openThread() && location.pathname.startsWith("/thread/");
  history[pushed ? "replaceState" : "pushState"]({ within: true }, "", url.pathname + url.hash);
  if (url.hash) reveal(url.hash.slice(3), "t");
}

function hideThread() {
  const root = openThread();
  settlePanel(false);
  panel.replaceChildren();
  const back = root && (find(".thread-link", message(root, "m") || panel) || find("article", message(root, "m") || panel));
  (back || find("#text")).focus({ preventScroll: true });
}

function closeThread() {
  if (!openThread()) return;
  if (history.state?.within) history.back();
  else {
    history.replaceState(null, "", here.url);
    hideThread();
  }
}

addEventListener("popstate", () => {
  if (location.pathname.startsWith("/thread/")) showThread(location.pathname);
  else if (openThread()) hideThread();
});
narrow.addEventListener("change", () => settlePanel(!panel.hidden));

// --------------------------------------------------------------------------- composer

/** A box for commands and questions, with what can be typed next: an ARIA combobox. */
class Composer {
  constructor(form) {
    this.form = form;
    this.box = form.elements.text;
    this.file = form.elements.file;
    this.list = find(".choices", form);
    this.choices = [];
    this.active = -1;
    this.asked = 0;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.box.addEventListener("input", () => {
      this.fit();
      clearTimeout(this.wait);
      this.wait = setTimeout(() => this.complete(), 90);
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => setTimeout(() => this.show([]), 120));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the box keeps the keyboard
      const choice = event.target.closest("[role=option]");
      if (choice) this.take(Number(choice.dataset.index));
    });
    this.file.addEventListener("change", () => this.attached());
    find("[data-drop]", form).addEventListener("click", () => {
      this.file.value = "";
      this.attached();
      this.box.focus();
    });
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 220)}px`;
  }

  trouble(text) {
    const line = find(".trouble", this.form);
    line.textContent = text || "";
    line.hidden = !text;
  }

  attached() {
    const file = this.file.files[0];
    const tooLarge = file && file.size > Number(body.dataset.uploadBytes);
    if (tooLarge) this.file.value = "";
    this.trouble(tooLarge ? words.too_large : "");
    const line = find(".file", this.form);
    line.hidden = !file || tooLarge;
    find("span", line).textContent = file ? file.name : "";
    if (file && !tooLarge) this.box.focus();
  }

  async complete() {
    const text = this.box.value.slice(0, this.box.selectionStart);
    const number = ++this.asked;
    if (!/^[/／]/.test(text) || text.includes("\n")) return this.show([]);
    const query = new URLSearchParams({ channel: here.channel, thread: this.form.dataset.thread, text });
    const answer = await fetch(`/complete?${query}`).catch(() => null);
    const found = answer?.ok ? await answer.json() : [];
    if (number === this.asked && document.activeElement === this.box) this.show(found);
  }

  show(choices) {
    this.choices = choices;
    this.list.replaceChildren(
      ...choices.map((choice, index) => {
        const row = document.createElement("div");
        row.setAttribute("role", "option");
        row.id = `${this.list.id}-${index}`;
        row.dataset.index = index;
        for (const name of ["label", "detail"]) {
          const part = document.createElement("span");
          part.className = name;
          part.textContent = choice[name];
          if (choice[name]) row.append(part, " ");
        }
        return row;
      }),
    );
    this.list.hidden = !choices.length;
    this.box.setAttribute("aria-expanded", String(choices.length > 0));
    this.point(-1);
  }

  point(index) {
    this.active = index;
    [...this.list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
    const row = this.list.children[index];
    if (row) this.box.setAttribute("aria-activedescendant", row.id);
    else this.box.removeAttribute("aria-activedescendant");
    row?.scrollIntoView({ block: "nearest" });
  }

  take(index) {
    const { insert } = this.choices[index];
    this.box.value = insert + this.box.value.slice(this.box.selectionStart);
    this.box.setSelectionRange(insert.length, insert.length);
    this.fit();
    this.show([]);
    this.complete();
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return; // Enter ends a conversion, it does not send
    const last = this.choices.length - 1;
    const moves = { ArrowDown: this.active < last ? this.active + 1 : 0, ArrowUp: this.active > 0 ? this.active - 1 : last };
    if (last >= 0 && event.key in moves) this.point(moves[event.key]);
    else if (event.key === "Escape" && (last >= 0 || this.box.value)) this.leave(); // what is written stays
    else if (last >= 0 && event.key === "Tab" && !event.shiftKey) this.take(Math.max(this.active, 0));
    else if (last >= 0 && event.key === "Enter" && this.active >= 0) this.take(this.active);
    else if (event.key === "Enter" && !event.shiftKey) this.send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Stop completing; answers that are still to come are late. */
  leave() {
    clearTimeout(this.wait);
    this.asked++;
    this.show([]);
  }

  async send() {
    const text = this.box.value.trim();
    const file = this.file.files[0];
    if ((!text && !file) || this.form.ariaBusy === "true") return;
    this.leave();
    this.form.ariaBusy = "true";
    const { error } = await act("/act/say", { thread: this.form.dataset.thread, text, file });
    this.form.ariaBusy = "false";
    this.trouble(error);
    if (error) return;
    this.box.value = "";
    this.file.value = "";
    this.attached();
    this.fit();
  }
}

// ---------------------------------------------------------------------------- buttons

let pressed = null; // the button whose form is open

/** Carry a button out, or where it asks for something first, open its form. */
async function press(button) {
  if (button.ariaBusy === "true") return;
  const item = button.closest(".message");
  const { action, value } = button.dataset;
  const which = { message: item.dataset.id, action, value };
  button.ariaBusy = "true";
  const answer = await act("/act/press", which);
  button.ariaBusy = null;
  complain(find(".foot", item), answer.error);
  if (answer.form && !dialog.open) openForm(answer.form, { ...which, item: item.id });
}

/** Say below a message's buttons why one of them did nothing. */
function complain(foot, words) {
  find(".trouble", foot)?.remove();
  if (!words) return;
  const line = document.createElement("p");
  line.className = "trouble";
  line.setAttribute("role", "alert");
  foot.append(line);
  line.textContent = words;
}

function openForm(html, which) {
  pressed = which;
  dialog.replaceChildren(fragment(html));
  dialog.showModal();
  const first = find("textarea, input", dialog);
  first.focus();
  first.setSelectionRange(first.value.length, first.value.length);
}

async function submit(form) {
  if (form.ariaBusy === "true") return;
  const { message, action, value } = pressed;
  form.ariaBusy = "true";
  const answer = await act("/act/submit", { message, action, value, ...Object.fromEntries(new FormData(form)) });
  form.ariaBusy = null;
  const line = find(".trouble", form);
  line.textContent = answer.error || ""; // what was written stays
  line.hidden = !answer.error;
  if (answer.error) return;
  dialog.close();
  if (!answer.thread) return;
  if (openThread() !== answer.thread) await openPath(new URL(`/thread/${answer.thread}`, location.href));
  toEnd(scroller(panel));
}

dialog.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(event.target);
});
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || !event.target.matches("textarea")) return;
  const alone = dialog.querySelectorAll("textarea, input").length === 1;
  if (!(event.ctrlKey || event.metaKey || (alone && !event.shiftKey))) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
dialog.addEventListener("close", () => {
  const at = document.activeElement;
  if (at !== body && !dialog.contains(at)) return; // the browser gave the keyboard back to the button
  const item = document.getElementById(pressed.item); // which was shown anew meanwhile
  const same = ({ dataset }) => dataset.action === pressed.action && dataset.value === pressed.value;
  const back = item && ([...item.querySelectorAll("[data-action]")].find(same) || find("article", item));
  back?.focus({ preventScroll: true });
});

// ----------------------------------------------------------------------------- clicks

function follows(event, link) {
  const url = new URL(link.href);
  if (url.origin !== location.origin || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (link.closest(".earlier")) return void (event.preventDefault(), showEarlier(link));
  if (link.matches("[data-close]")) return void (event.preventDefault(), closeThread());
  if (url.pathname.startsWith("/thread/")) return void (event.preventDefault(), openPath(url));
  if (url.pathname === here.url && url.hash.startsWith("#m-") && message(url.hash.slice(3), "m")) {
    event.preventDefault();
    if (narrow.matches) settlePanel(false);
    history.pushState(null, "", url.pathname + url.hash);
    reveal(url.hash.slice(3));
  }
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("a[href], button");
  if (!target) return;
  if (target.matches("a")) follows(event, target);
  else if (target.dataset.action) press(target);
  else if (target.matches("[data-cancel]")) dialog.close();
  else if (target.dataset.dismiss) act("/act/dismiss", { message: target.dataset.dismiss });
  else if (target.matches(".latest")) {
    toEnd(scroller(channel));
    find("#text").focus();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !dialog.open && !event.isComposing) closeThread();
});
scroller(channel).addEventListener("scroll", (event) => {
  if (nearEnd(event.target)) find(".latest").hidden = true;
}, { passive: true });

// ------------------------------------------------------------------------------ start

/** Where the reader was before a reload; else the latest digest's top, else the end. */
function begin() {
  const box = scroller(channel);
  const saved = JSON.parse(sessionStorage.getItem(here.url) || "null");
  const headers = box.querySelectorAll(".kind-header");
  addEventListener("pagehide", () => {
    sessionStorage.setItem(here.url, JSON.stringify({ top: box.scrollTop, end: nearEnd(box) }));
  });
  if (/^#[mt]-/.test(location.hash)) return reveal(location.hash.slice(3), location.hash[1]);
  if (openThread()) return message(openThread(), "m")?.scrollIntoView({ block: "start" });
  if (saved) return saved.end ? toEnd(box) : box.scrollTo({ top: saved.top });
  if (headers.length) return headers[headers.length - 1].scrollIntoView({ block: "start" });
  return toEnd(box);
}

document.querySelectorAll(".messages").forEach(arrange);
document.querySelectorAll(".composer").forEach((form) => new Composer(form));
settlePanel(!panel.hidden);
begin();
listen();
