// <button hidden data-copy="ID" data-done="Copied">: copies the value of the field ID.
each("[data-copy]", (button) => {
  const field = document.getElementById(button.dataset.copy);
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // No clipboard without https, or a browser that asks first: what is selected can be copied by hand.
      field.focus();
      field.select();
      if (!document.execCommand("copy"))
        return;
      button.focus();
    }
    button.textContent = button.dataset.done;
    say(button.dataset.done);
    setTimeout(() => { button.textContent = words; }, 3000);
  });
});

// <button hidden data-share="ADDRESS" data-title="...">: the phone's own way of giving something to somebody.
each("[data-share]", (button) => {
  if (!navigator.share)
    return;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => {});
  });
});

// A field that only holds an address is selected whole when somebody goes into it.
each("input.address", (field) => field.addEventListener("focus", () => field.select()));
