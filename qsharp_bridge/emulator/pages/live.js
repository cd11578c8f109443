// Refreshes the page in place while something on it may still change. Everything else works without it.
(() => {
  const every = 2000;
  const tick = async () => {
    const main = document.querySelector("main[data-live]");
    const typing = document.activeElement && document.activeElement.matches("input, select");
    if (main && !document.hidden && !typing) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        if (answer.ok) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const fresh = page.querySelector("main");
          if (fresh && fresh.innerHTML !== main.innerHTML) main.replaceWith(fresh);
          const note = page.querySelector(".note");
          if (note) document.querySelector(".note").replaceWith(note);
        }
      } catch (error) { /* the service is away; try again */ }
    }
    setTimeout(tick, every);
  };
  setTimeout(tick, every);
})();
