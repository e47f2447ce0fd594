// Fields that belong to another one's value: shown while it has it, and only then sent.
function valueOf(form: HTMLFormElement, name: string): string {
  const inputs = [...form.elements].filter((one): one is HTMLInputElement => "name" in one && one.name === name);
  const ticked = inputs.find((one) => one.checked);
  if (inputs.some((one) => one.type === "radio")) return ticked?.value ?? "";
  if (inputs.some((one) => one.type === "checkbox")) return ticked ? "true" : "false";
  return inputs[0]?.value ?? "";
}

function settle(form: HTMLFormElement): void {
  for (const part of form.querySelectorAll<HTMLFieldSetElement>("fieldset[data-when]")) {
    const holds = (JSON.parse(part.dataset.is ?? "[]") as string[]).includes(valueOf(form, part.dataset.when ?? ""));
    part.hidden = part.disabled = !holds;
  }
}

document.addEventListener("input", (event) => {
  const form = (event.target as HTMLInputElement).form;
  if (form) settle(form);
});
// Coming back to a page, the browser has filled in what was chosen before.
addEventListener("pageshow", () => document.querySelectorAll("form").forEach(settle));

export {};
