// The frame that the other files of this folder stand in. `make` joins them, this one first, into one script that runs
// when the page is read. Every page works without it. A feature is a file that looks for its data attributes; its texts
// are in the page (the catalogue is the server's), with {places} to fill.

// Starts a feature on each element that asks for it; one that fails takes no other with it.
const each = (selector, start, within = document) => {
  for (const element of within.querySelectorAll(selector)) {
    try {
      start(element);
    } catch (error) {
      console.error(selector, error);
    }
  }
};

const language = document.documentElement.lang;

// `words` with its {places} filled.
const fill = (words, places) => words.replace(/\{(\w+)\}/g, (whole, name) => (name in places ? places[name] : whole));

// Says something to those who hear the page; whoever sees it sees it elsewhere.
const say = (words) => {
  const status = document.getElementById("status");
  status.textContent = "";
  // A live region tells of what changes while it is there: the same words twice are a change only with a pause between.
  setTimeout(() => { status.textContent = words; }, 50);
};
