// Forms whose answer a device gives: when one is sent, the browser's own API is asked and the form goes
// on with what came back. Nothing is asked without a click.
type Named = { parseCreationOptionsFromJSON?: (from: unknown) => PublicKeyCredentialCreationOptions; parseRequestOptionsFromJSON?: (from: unknown) => PublicKeyCredentialRequestOptions };

const api = (globalThis.PublicKeyCredential ?? {}) as unknown as Named;

async function asked(act: string, options: unknown): Promise<Credential | null> {
  if (act === "create") {
    const publicKey = api.parseCreationOptionsFromJSON?.(options);
    return publicKey ? navigator.credentials.create({ publicKey }) : null;
  }
  const publicKey = api.parseRequestOptionsFromJSON?.(options);
  return publicKey ? navigator.credentials.get({ publicKey }) : null;
}

function show(form: HTMLFormElement, part: string, shown: boolean): void {
  const note = form.querySelector<HTMLElement>(`[data-part="${part}"]`);
  if (note) note.hidden = !shown;
}

async function answer(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  show(form, "refused", false);
  const options: unknown = JSON.parse(form.dataset.options ?? "{}");
  const credential = await asked(form.dataset.passkey ?? "get", options).catch(() => null);
  if (!credential) {
    submitter?.classList.remove("busy");
    show(form, "refused", true);
    return;
  }
  const input = form.elements.namedItem("answer") as HTMLInputElement;
  input.value = JSON.stringify((credential as unknown as { toJSON(): unknown }).toJSON());
  form.requestSubmit(submitter);
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  if (api.parseRequestOptionsFromJSON && navigator.credentials) continue;
  show(form, "unable", true);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.dataset.passkey || (form.elements.namedItem("answer") as HTMLInputElement).value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void answer(form, event.submitter);
  },
  true,
);
