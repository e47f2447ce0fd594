// What a person has done with a part of the page outlives its content: place, focus, what is unfolded.

/** The element in the new content that stands for one in the old: by its id, else by where it leads. */
function twin(host: HTMLElement, old: Element): HTMLElement | null {
  if (old.id) return host.querySelector(`[id="${CSS.escape(old.id)}"]`);
  for (const name of ["href", "action", "name"]) {
    const value = old.getAttribute(name);
    if (value) return host.querySelector(`${old.localName}[${name}="${CSS.escape(value)}"]`);
  }
  return null;
}

/** The nearest thing around it that has a name, and which of its details it is. */
function placeOf(host: HTMLElement, folded: HTMLDetailsElement): [string, number] {
  const around = folded.parentElement?.closest("[id]");
  const named = around && host.contains(around) && around !== host ? around : host;
  return [named === host ? "" : named.id, [...named.querySelectorAll("details")].indexOf(folded)];
}

/** Remembers now, restores when called. */
export function keep(host: HTMLElement): () => void {
  const active = document.activeElement;
  const focused = active && active !== host && host.contains(active) ? active : null;
  const open = [...host.querySelectorAll<HTMLDetailsElement>("details[open]")].map((one) => placeOf(host, one));
  const { scrollTop, scrollLeft } = host;
  return () => {
    for (const [id, index] of open) {
      const named = id ? host.querySelector(`[id="${CSS.escape(id)}"]`) : host;
      const folded = named?.querySelectorAll("details")[index];
      if (folded) folded.open = true;
    }
    if (focused) twin(host, focused)?.focus({ preventScroll: true });
    host.scrollTo(scrollLeft, scrollTop);
  };
}
