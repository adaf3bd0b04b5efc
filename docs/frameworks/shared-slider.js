import { clicks, db, slider } from "./room";

/** Fills an element. Returns what takes everything away again. */
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
