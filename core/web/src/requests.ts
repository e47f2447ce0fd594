import { word } from "./words.ts";

export const csrfToken = (): string =>
  document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";

/** What the API refused, in the reader's language. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The reason for a status without a readable answer. */
export function reasonOf(status: number): string {
  if (status === 401) return word("signedOut");
  if (status === 403) return word("refused");
  return word("trouble");
}

/** Calls the API as this browser's session; gives `data`, throws `Refused`. */
export async function call<T>(method: string, url: string, body?: unknown): Promise<T> {
  // The page's language may be another than the browser's.
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": document.documentElement.lang, "X-CSRF-Token": csrfToken() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20000),
    });
  } catch (fault) {
    const late = fault instanceof DOMException && fault.name === "TimeoutError";
    throw new Refused(0, "OFFLINE", word(late ? "timeout" : "offline"));
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer.data as T;
  throw new Refused(response.status, answer?.error?.code ?? "", answer?.error?.message ?? reasonOf(response.status));
}

/** Whether this browser's session still holds; where that can't be known, it is taken to. */
export async function signedIn(): Promise<boolean> {
  try {
    const answer = await fetch("/api/v1/users/me", { headers: { Accept: "application/json" }, credentials: "same-origin", signal: AbortSignal.timeout(20000) });
    return answer.status !== 401;
  } catch {
    return true;
  }
}
