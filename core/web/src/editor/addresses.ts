// Where a link may lead, and what people mean by what they type.

/** A link's address, if it is one that may be kept. */
export function leadsTo(address: string): string | null {
  const given = address.trim();
  return /^(https?:\/\/|mailto:|#)/i.test(given) || /^\/(?![/\\])/.test(given) ? given : null;
}

/** A picture's address, if it is a file of ours; a browser copies it with the site's name. */
export function pictureOf(address: string, origin = globalThis.location?.origin ?? ""): string | null {
  const own = origin && address.startsWith(`${origin}/`) ? address.slice(origin.length) : address;
  return /^\/api\/v1\/files\/[0-9a-f-]{36}\?variant=800$/.test(own) ? own : null;
}

/** An address as people type one: a mailbox, or a site without its scheme. */
export function meant(typed: string): string | null {
  const given = typed.trim();
  const known = leadsTo(given);
  if (known !== null) return known;
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(given)) return `mailto:${given}`;
  return /^[^\s:/@]+\.[^\s:/@.]{2,}(:\d+)?([/?#]\S*)?$/.test(given) ? `https://${given}` : null;
}
