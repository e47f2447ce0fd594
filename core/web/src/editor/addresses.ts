// Where a link may lead, and what people mean by what they type.

/** A link's address, if it is one that may be kept. */
export function leadsTo(address: string): string | null {
  const given = address.trim();
  return /^(https?:\/\/|mailto:|#)/i.test(given) || /^\/(?![/\\])/.test(given) ? given : null;
}

/** An address as people type one: a mailbox, or a site without its scheme. */
export function meant(typed: string): string | null {
  const given = typed.trim();
  const known = leadsTo(given);
  if (known !== null) return known;
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(given)) return `mailto:${given}`;
  return /^[^\s:/@]+\.[^\s:/@.]{2,}(:\d+)?([/?#]\S*)?$/.test(given) ? `https://${given}` : null;
}
