// A double click on a button that sends is one click: what is done already would be refused the second time, and that is
// what one would read. Another button, or the same a second later, is meant.
each("form[method=post]", (form) => {
  const pause = 1000; // ms
  let last = null;
  let at = 0;
  form.addEventListener("submit", (event) => {
    if (event.submitter === last && event.timeStamp - at < pause) {
      event.preventDefault();
      return;
    }
    last = event.submitter;
    at = event.timeStamp;
  });
});
