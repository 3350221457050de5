// An answer that is being worked on is asked for until it is there.
//
//   <div data-follow="/what-if/3/live" data-follow-ms="700">
// The part is fetched and replaced; when what comes has no data-follow, it is the answer. Without
// this script the page loads itself anew.
"use strict";

(() => {
  const PATIENCE = 5; // answers that fail before the page says so

  function follow(part, failures) {
    setTimeout(async () => {
      try {
        const answer = await fetch(part.dataset.follow, { headers: { "X-Requested-With": "fetch" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const holder = document.createElement("template");
        holder.innerHTML = (await answer.text()).trim();
        const fresh = holder.content.firstElementChild;
        // What stays the same is left alone: a progress bar that starts anew flickers.
        if (fresh.outerHTML === part.outerHTML) return follow(part, 0);
        part.replaceWith(holder.content);
        if (fresh.dataset.follow) follow(fresh, 0);
      } catch (error) {
        if (failures < PATIENCE) return follow(part, failures + 1);
        location.reload();
      }
    }, Number(part.dataset.followMs) * (failures + 1));
  }

  for (const part of document.querySelectorAll("[data-follow]")) follow(part, 0);
})();
