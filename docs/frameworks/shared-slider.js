import { clicks, db, slider } from "./room";

/** Shows the slider in an element. Returns a function that removes it. */
export function showSlider(element) {
  element.innerHTML = '<input type="range"><button type="button"></button><p></p>';
  const [input, button, p] = element.children;
  input.oninput = () => slider.setStateOptimistic(input.valueAsNumber);
  button.onclick = () => clicks.dispatch(1);
  const undo = [
    slider.subscribe((value) => {
      input.value = value ?? 0;
    }),
    clicks.subscribe((sum) => {
      button.textContent = `${sum} clicks`;
    }),
    db.statusListener.subscribe(({ connected, reason }) => {
      p.textContent = connected ? "connected" : reason;
    }),
  ];
  return () => {
    for (const stop of undo) stop();
    element.replaceChildren();
  };
}
