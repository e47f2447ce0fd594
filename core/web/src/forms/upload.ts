// Sends a file in pieces by the tus protocol, and goes on where it was cut off: what the server has
// it says, so nothing is sent twice.
import { csrfToken, Refused, reasonOf } from "../requests.ts";
import { word } from "../words.ts";

const PIECE = 32 * 1024 * 1024;
const TRIES = 8;
const VERSION = { "Tus-Resumable": "1.0.0" };
const GONE = new Set([401, 403, 404, 409, 410, 412, 413, 415, 422]);

type Told = { sent: (share: number) => void; cut: () => void };
type Answer = { status: number; header: (name: string) => string | null; text: string };

const seconds = (count: number): Promise<void> => new Promise((done) => setTimeout(done, 1000 * count));

/** Base64 of a text's UTF-8. */
function encoded(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** One request; fetch tells nothing of how much has been sent. Rejects where there is no answer. */
function ask(method: string, url: string, headers: Record<string, string>, body?: Blob, sent?: (bytes: number) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    if (sent) request.upload.onprogress = (event) => sent(event.loaded);
    request.onload = () => resolve({ status: request.status, header: (name) => request.getResponseHeader(name), text: request.responseText });
    request.onerror = request.ontimeout = request.onabort = () => reject(new Refused(0, "OFFLINE", word("offline")));
    request.open(method, url);
    const always = { ...VERSION, Accept: "application/json", "Accept-Language": document.documentElement.lang, "X-CSRF-Token": csrfToken() };
    for (const [name, value] of Object.entries({ ...always, ...headers })) request.setRequestHeader(name, value);
    request.send(body ?? null);
  });
}

function refusalOf(answer: Answer): Refused {
  try {
    const error = JSON.parse(answer.text).error;
    return new Refused(answer.status, error.code, error.message);
  } catch {
    return new Refused(answer.status, "", reasonOf(answer.status));
  }
}

type Sent = { offset: number; file: string };

const sentSoFar = (answer: Answer): Sent => ({
  offset: Number(answer.header("Upload-Offset")),
  file: answer.header("Content-Location") ?? "",
});

async function begun(file: File, url: string): Promise<[string, Sent]> {
  const headers = { "Upload-Length": String(file.size), "Upload-Metadata": `filename ${encoded(file.name)}` };
  const answer = await ask("POST", url, headers);
  const place = answer.header("Location");
  if (answer.status !== 201 || !place) throw refusalOf(answer);
  return [place, sentSoFar(answer)];
}

async function stateOf(place: string): Promise<Sent> {
  const answer = await ask("HEAD", place, {});
  if (answer.status !== 200) throw new Refused(answer.status, "", reasonOf(answer.status));
  return sentSoFar(answer);
}

async function piece(file: File, place: string, offset: number, told: Told): Promise<Sent> {
  const body = file.slice(offset, offset + PIECE);
  const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  const answer = await ask("PATCH", place, headers, body, (bytes) => told.sent((offset + bytes) / file.size));
  if (answer.status !== 204) throw refusalOf(answer);
  return sentSoFar(answer);
}

/** Sends the file and says where it is; throws `Refused` where the server won't have it or can't be reached for long. */
export async function sendInPieces(file: File, url: string, told: Told): Promise<string> {
  const [place, start] = await begun(file, url);
  let so = start;
  let failed = 0;
  while (so.offset < file.size) {
    try {
      so = await piece(file, place, so.offset, told);
      failed = 0;
    } catch (fault) {
      const refused = fault instanceof Refused ? fault : new Refused(0, "", reasonOf(0));
      if (GONE.has(refused.status) || ++failed > TRIES) throw refused;
      told.cut();
      await seconds(Math.min(2 ** failed, 30));
      so = await stateOf(place).catch(() => so);
    }
  }
  return so.file;
}
