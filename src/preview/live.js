// The gallery shows changed texts at once.
"use strict";

const main = document.getElementById("live");
let loads = document.body.dataset.loads;

async function follow() {
  for (;;) {
    try {
      const response = await fetch(`/changes/${loads}`);
      if (!response.ok) throw new Error(response.statusText);
      const now = await response.text();
      if (now === loads) continue;
      const page = await (await fetch(location.href)).text();
      main.innerHTML = new DOMParser().parseFromString(page, "text/html").getElementById("live").innerHTML;
      loads = now;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

follow();
