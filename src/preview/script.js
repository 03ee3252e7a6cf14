// What the page does better with a script than without: no reloads, a menu of commands, the reader's own time.
// Every form works without it; the server draws everything.
"use strict";

const log = document.getElementById("log");
const box = document.getElementById("message");
const menu = document.getElementById("menu");
const scroller = document.getElementById("scroller");
const trouble = document.getElementById("trouble");
const options = () => [...menu.querySelectorAll("[role=option]")];
const offered = () => options().filter((option) => !option.hidden);
const chosen = () => menu.querySelector("[aria-selected=true]");

// Times

function localise(root) {
  for (const time of root.querySelectorAll("[data-at]")) {
    const at = new Date(Number(time.dataset.at) * 1000);
    time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
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
    const response = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!response.ok || !page.getElementById("log")) throw new Error(response.statusText);
    trouble.hidden = true;
    show(page, form, button);
  } catch {
    trouble.textContent = "The preview does not answer. Is it still running?";
    trouble.hidden = false;
  } finally {
    busy = false;
  }
});

// Takes over what is new on a page, and leaves the rest, its focus and its open details alone. Says which messages were
// there before and which are new or changed.
function draw(page) {
  document.documentElement.dataset.theme = page.documentElement.dataset.theme;
  document.body.dataset.loads = page.body.dataset.loads;
  for (const id of ["menu", "welcome", "refused"]) {
    const [old, now] = [document, page].map((one) => one.getElementById(id));
    if (old.innerHTML !== now.innerHTML) old.innerHTML = now.innerHTML;
  }
  const before = new Map([...log.children].map((item) => [item.firstElementChild.id, item]));
  const changed = [];
  const items = [...page.getElementById("log").children].map((item) => {
    const post = item.firstElementChild;
    const old = before.get(post.id);
    if (old?.firstElementChild.dataset.changes === post.dataset.changes) return old;
    localise(item);
    if (old?.querySelector(".json[open]")) item.querySelector(".json").open = true;
    changed.push(post);
    return document.adoptNode(item);
  });
  log.replaceChildren(...items);
  return { before, changed };
}

// Draws what came of a form, and moves the focus to it.
function show(page, form, button) {
  const label = button?.textContent;
  const wasIn = form.closest(".post");
  const neighbour = wasIn?.parentElement.previousElementSibling ?? wasIn?.parentElement.nextElementSibling;
  const { before, changed } = draw(page);

  if (form.classList.contains("composer")) box.value = "";
  const post = changed.at(-1);
  if (!post) {
    if (wasIn && !wasIn.isConnected) (neighbour?.isConnected ? neighbour.firstElementChild : box).focus();
    return;
  }
  reveal(post, before.has(post.id) ? "nearest" : "end");
  document.getElementById("status").textContent = (post.querySelector("h2, h3, h4") ?? post.querySelector(".text")).textContent;
  if (form.classList.contains("composer")) return;
  // The same button again (Back, and Back once more), else the message it led to.
  const same = wasIn?.id === post.id && [...post.querySelectorAll(".row .button:enabled")].find((one) => one.textContent === label);
  (same || post).focus({ preventScroll: true });
}

// Changed texts are shown at once; a conversation that is under way keeps its place.
async function follow() {
  for (;;) {
    const { loads } = document.body.dataset;
    try {
      const response = await fetch(`/changes/${loads}`);
      if (!response.ok) throw new Error(response.statusText);
      if ((await response.text()) === loads) continue;
      const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
      if (!busy) draw(page);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

// Scrolls to a message; to its start where it is taller than the window.
function reveal(post, block) {
  post.scrollIntoView({ block: post.offsetHeight > scroller.clientHeight ? "start" : block });
}

document.querySelector(".settings form").addEventListener("change", (event) => event.currentTarget.requestSubmit());

// The menu of commands

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function offer() {
  const command = /^\/(\S*)$/.exec(box.value);
  const used = /^(\/\S+ )\s*(\S*)$/.exec(box.value);
  const known = used && options().some((option) => option.dataset.fill === used[1]);
  for (const option of options()) {
    const { fill, option: value } = option.dataset;
    option.hidden = !(fill ? command && fill.startsWith(command[0].toLowerCase()) : known && value !== used[2] && value.startsWith(used[2]));
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
document.addEventListener("keydown", (event) => {
  const settings = document.querySelector(".settings");
  if (event.key !== "Escape" || !settings.contains(document.activeElement)) return;
  settings.open = false;
  settings.querySelector("summary").focus();
});

localise(document);
follow();
const newest = log.lastElementChild?.firstElementChild;
if (newest && !location.hash) reveal(newest, "end");
