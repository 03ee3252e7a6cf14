// A worker that all open pages share, so that they take one connection together: a browser allows six to a server.
// It tells each page the state that the preview shows now, and "" while the preview does not answer.
"use strict";

const pages = [];
let last;

function tell(state) {
  last = state;
  for (const page of pages) page.postMessage(state);
}

function listen() {
  const source = new EventSource("/events");
  source.onmessage = (event) => tell(event.data);
  source.onerror = () => {
    tell("");
    // After some failures, such as another program's answer, the browser does not connect again by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

self.onconnect = ({ ports: [page] }) => {
  pages.push(page);
  if (last !== undefined) page.postMessage(last);
};

listen();
