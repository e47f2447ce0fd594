// Amounts are grouped by thousands once they are typed; the server takes them with or without.
function grouped(text: string): string {
  const plain = text.replaceAll(",", "").trim();
  return /^-?\d{1,15}$/.test(plain) ? Number(plain).toLocaleString("en") : text;
}

document.addEventListener("focusout", (event) => {
  const input = event.target;
  if (input instanceof HTMLInputElement && "grouped" in input.dataset) input.value = grouped(input.value);
});

export {};
