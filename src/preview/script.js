// What the pages do better with a script than without: no reloads, changes at once, a menu of commands, dialogues that
// keep the focus, the reader's own time. Every form works without it; the server draws everything.
"use strict";

const log = document.getElementById("log");
const box = document.getElementById("message");
const menu = document.getElementById("menu");
const scroller = document.getElementById("scroller");

// Says what went wrong, also in the dialogue over the page.
function warn(text) {
  for (const trouble of document.querySelectorAll(".trouble")) {
    trouble.textContent = text;
    trouble.hidden = !text;
  }
}

// Times

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

// Puts times into the reader's zone; those in a message into the message's language, too.
function localise(root) {
  for (const time of root.querySelectorAll("[data-at]")) {
    const at = Number(time.dataset.at);
    const language = time.matches(".mention") ? time.closest("[lang]").lang : undefined;
    const full = new Date(at * 1000).toLocaleString(language, STYLES.F);
    if (time.dataset.style === "R") {
      const distance = at - Date.now() / 1000 - Number(document.body.dataset.ahead);
      const [unit, length] = UNITS.find(([, seconds]) => Math.abs(distance) >= seconds) ?? UNITS.at(-1);
      time.textContent = new Intl.RelativeTimeFormat(language).format(Math.trunc(distance / length), unit);
    } else {
      time.textContent = new Date(at * 1000).toLocaleString(language, STYLES[time.dataset.style]);
    }
    time.title = full;
  }
}

// Forms

let busy = false;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-live")) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  const button = event.submitter;
  try {
    const body = new URLSearchParams(new FormData(form, button));
    show(await load(button?.getAttribute("formaction") ?? form.action, { method: "POST", body }), form, button);
  } catch {
    warn("The preview does not answer. Is it still running?");
  } finally {
    busy = false;
    catchUp();
  }
});

async function load(address, options) {
  const response = await fetch(address, options);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!response.ok || !page.body.dataset.state) throw new Error(response.statusText);
  return page;
}

// Takes over what is new on a page, and leaves the rest, its focus and its open details alone. Says which messages were
// there before and which are new or changed.
function draw(page) {
  const run = (body) => body.dataset.state.split("-")[0];
  const restarted = run(document.body) !== run(page.body);
  const emptied = restarted && log?.children.length > 0;
  document.documentElement.dataset.theme = page.documentElement.dataset.theme;
  document.body.dataset.state = page.body.dataset.state;
  document.body.dataset.ahead = page.body.dataset.ahead;
  for (const old of document.querySelectorAll("[data-part]")) {
    const now = page.getElementById(old.id);
    // The settings keep the focus while they are being changed.
    if (old.innerHTML === now.innerHTML || (old.id === "settings" && old.contains(document.activeElement))) continue;
    localise(now);
    old.innerHTML = now.innerHTML;
  }
  const before = new Map();
  const changed = [];
  if (log) {
    for (const item of log.children) before.set(item.firstElementChild.id, item);
    const items = [...page.getElementById("log").children].map((item) => {
      const post = item.firstElementChild;
      const old = restarted ? undefined : before.get(post.id);
      if (old?.firstElementChild.dataset.changes === post.dataset.changes) return old;
      localise(item);
      if (old?.querySelector(".json[open]")) item.querySelector(".json").open = true;
      changed.push(post);
      return document.adoptNode(item);
    });
    // What stays is not moved: that would take the focus from it.
    for (const item of [...log.children]) if (!items.includes(item)) item.remove();
    items.forEach((item, at) => log.children[at] === item || log.insertBefore(item, log.children[at]));
  }
  const open = document.getElementById("form");
  const asked = page.getElementById("form");
  // A form that another page opened is shown there alone.
  if (open && (restarted || open.dataset.form !== asked?.dataset.form)) closeForm(open);
  const said = page.getElementById("trouble").textContent;
  return { before, changed, said: said || (emptied ? "The preview was restarted, so the channel is empty again." : "") };
}

// Draws what came of a form, and moves the focus to it.
function show(page, form, button) {
  const label = button?.textContent;
  const wasIn = form.closest(".post");
  const neighbour = wasIn?.parentElement.previousElementSibling ?? wasIn?.parentElement.nextElementSibling;
  const { before, changed, said } = draw(page);
  const asked = page.getElementById("form");
  if (asked && !document.getElementById("form")) {
    localise(asked);
    openForm(document.body.appendChild(document.adoptNode(asked)));
  }
  warn(said);

  if (form.classList.contains("composer")) box.value = "";
  const post = changed.at(-1);
  if (!post) {
    if (wasIn && !wasIn.isConnected) (neighbour?.isConnected ? neighbour.firstElementChild : box).focus();
    return;
  }
  reveal(post, before.has(post.id) ? "nearest" : "end");
  announce(post);
  if (form.classList.contains("composer")) return;
  // The same button again (Back, and Back once more), else the message it led to.
  const same = wasIn?.id === post.id && [...post.querySelectorAll(".row .button:enabled")].find((one) => one.textContent === label);
  (same || post).focus({ preventScroll: true });
}

function announce(post) {
  document.getElementById("status").textContent = (post.querySelector("h2, h3, h4") ?? post.querySelector(".text")).textContent;
}

// The bot's form, as a dialogue over the page. The server closes it; then the focus goes back to where it was.

function openForm(dialog) {
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    document.getElementById("cancel").requestSubmit();
  });
}

function closeForm(dialog) {
  dialog.close();
  dialog.remove();
}

// Scrolls to a message; to its start where it is taller than the window.
function reveal(post, block) {
  post.scrollIntoView({ block: post.offsetHeight > scroller.clientHeight ? "start" : block });
}

// Changes that come from elsewhere: other pages, changed texts, a restart. A conversation that is under way keeps its place.

let newest = document.body.dataset.state;
let away = false;
let catchingUp = false;

function heard(state) {
  if (!state) {
    away = true;
    warn("The preview has stopped. This page goes on when it runs again.");
    return;
  }
  if (away) warn("");
  away = false;
  newest = state;
  catchUp();
}

async function catchUp() {
  if (busy || catchingUp || newest === document.body.dataset.state) return;
  catchingUp = true;
  const wanted = newest;
  try {
    const page = await load(location.pathname + location.search.replace("?gone", ""));
    if (!busy) {
      const atEnd = scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 100;
      const focused = document.activeElement?.closest?.(".post");
      const { before, changed, said } = draw(page);
      if (said) warn(said);
      const post = changed.at(-1);
      if (post && !before.has(post.id)) announce(post);
      if (post && atEnd) reveal(post, "end");
      if (focused && !focused.isConnected) (document.getElementById(focused.id) ?? box).focus({ preventScroll: true });
      // The page may be newer than what was heard.
      if (newest === wanted) newest = document.body.dataset.state;
    }
  } catch {
    // What is heard next leads here again.
  } finally {
    catchingUp = false;
  }
  if (newest !== wanted) catchUp();
}

if (typeof SharedWorker === "function") {
  new SharedWorker("/events.js").port.onmessage = (event) => heard(event.data);
} else {
  // A connection of its own, only while the page is looked at.
  let source;
  const listen = () => {
    source?.close();
    if (document.hidden) return;
    source = new EventSource("/events");
    source.onmessage = (event) => heard(event.data);
    source.onerror = () => heard("");
  };
  document.addEventListener("visibilitychange", listen);
  listen();
}

localise(document);
const opened = document.getElementById("form");
if (opened) {
  // Without a script this keeps the focus in the form.
  for (const element of document.querySelectorAll("[inert]")) element.inert = false;
  openForm(opened);
}
setInterval(() => localise(document), 10000);

// The channel

if (log) {
  document.querySelector(".settings form").addEventListener("change", (event) => event.currentTarget.requestSubmit());
  document.addEventListener("keydown", (event) => {
    const settings = document.querySelector(".settings");
    if (event.key !== "Escape" || !settings.contains(document.activeElement)) return;
    settings.open = false;
    settings.querySelector("summary").focus();
  });
  offerCommands();
  const last = log.lastElementChild?.firstElementChild;
  if (last && !location.hash) reveal(last, "end");
}

// The menu of commands

function offerCommands() {
  const options = () => [...menu.querySelectorAll("[role=option]")];
  const offered = () => options().filter((option) => !option.hidden);
  const chosen = () => menu.querySelector("[aria-selected=true]");

  function choose(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function offer() {
    const command = /^\/(\S*)$/.exec(box.value);
    const used = /^(\/\S+ )\s*(\S*)$/.exec(box.value);
    const takes = used && options().find((option) => option.dataset.fill === used[1])?.dataset.takes;
    for (const option of options()) {
      const { fill, of, option: value } = option.dataset;
      option.hidden = !(fill ? command && fill.startsWith(command[0].toLowerCase()) : takes === of && value !== used[2] && value.startsWith(used[2]));
    }
    menu.hidden = offered().length === 0;
    box.setAttribute("aria-expanded", String(!menu.hidden));
    // A command is one key away; an option is only there to be taken.
    choose(command || used?.[2] ? offered()[0] : undefined);
  }

  function close() {
    menu.hidden = true;
    box.setAttribute("aria-expanded", "false");
    choose();
  }

  function take(option) {
    box.value = option.dataset.fill ?? box.value.replace(/\S*$/, "") + option.dataset.option;
    offer();
  }

  box.addEventListener("input", offer);
  box.addEventListener("blur", close);
  box.addEventListener("focus", offer);
  box.addEventListener("keydown", (event) => {
    if (menu.hidden || event.isComposing) return;
    const list = offered();
    const at = list.indexOf(chosen());
    if (event.key === "ArrowDown") choose(list[(at + 1) % list.length]);
    else if (event.key === "ArrowUp") choose(list.at(at < 0 ? -1 : at - 1));
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && chosen()) take(chosen());
    else return;
    event.preventDefault();
  });
  // The box keeps the focus.
  menu.addEventListener("pointerdown", (event) => event.preventDefault());
  menu.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    box.focus();
    take(option);
  });
  document.addEventListener("submit", close);
}
