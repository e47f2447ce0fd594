// The gallery: what a person may add, each shown as it would look before it is added.
import { Refused } from "../requests.ts";
import { element, icon } from "../words.ts";
import { preview } from "./api.ts";
import { type Offer, type Words, say } from "./frames.ts";

export class Gallery {
  private chosen: Offer | undefined;
  private asked = 0;

  private readonly dialog: HTMLDialogElement;
  private readonly offers: readonly Offer[];
  private readonly words: Words;
  private readonly add: (offer: Offer) => void;

  constructor(dialog: HTMLDialogElement, offers: readonly Offer[], words: Words, add: (offer: Offer) => void) {
    [this.dialog, this.offers, this.words, this.add] = [dialog, offers, words, add];
    this.list?.replaceChildren(...this.entries());
    this.list?.addEventListener("click", (event) => this.choose(event));
    dialog.querySelector("[name=does][value=put]")?.addEventListener("click", () => this.put());
  }

  open(): void {
    this.dialog.showModal();
    if (!this.chosen && this.offers[0]) void this.show(this.offers[0]);
  }

  private get list(): Element | null {
    return this.dialog.querySelector("[data-slot=offers]");
  }

  private entries(): HTMLElement[] {
    if (!this.offers.length) return [element("p", { class: "muted", text: say(this.words, "none") })];
    return this.offers.map((offer, index) =>
      element(
        "button",
        { type: "button", value: String(index), "aria-pressed": "false" },
        icon(offer.icon),
        element("span", {}, element("strong", { text: offer.title }), element("small", { class: "muted", text: offer.plugin })),
      ),
    );
  }

  private choose(event: Event): void {
    const button = (event.target as Element).closest<HTMLButtonElement>("button");
    const offer = this.offers[Number(button?.value)];
    if (button && offer) void this.show(offer);
  }

  private async show(offer: Offer): Promise<void> {
    this.chosen = offer;
    for (const button of this.list?.querySelectorAll("button") ?? []) button.setAttribute("aria-pressed", String(this.offers[Number(button.value)] === offer));
    const turn = (this.asked += 1);
    const title = this.dialog.querySelector("[data-slot=title]");
    const body = this.dialog.querySelector<HTMLElement>("[data-slot=preview]");
    if (!title || !body) return;
    title.textContent = offer.title;
    body.replaceChildren(element("div", { class: "skeleton" }, element("i"), element("i"), element("i")));
    let html = "";
    let failed = "";
    try {
      ({ html } = await preview(offer.portlet_type, []));
    } catch (fault) {
      failed = (fault as Refused).message;
    }
    if (turn !== this.asked) return;
    if (html) body.replaceChildren(document.createRange().createContextualFragment(html));
    else body.replaceChildren(element("p", { class: "muted", text: failed || say(this.words, "late") }));
  }

  private put(): void {
    if (!this.chosen) return;
    this.dialog.close();
    this.add(this.chosen);
  }
}
