// Server-sent events by fetch: EventSource would have to know each event's name, and hides the status.

/** Reads until the stream ends; gives its status, 0 where there was no answer. */
export async function listen(url: string, last: string, signal: AbortSignal, opened: () => void, heard: (text: string, id: string) => void): Promise<number> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (last) headers["Last-Event-ID"] = last;
  try {
    const answer = await fetch(url, { headers, credentials: "same-origin", cache: "no-store", signal });
    if (!answer.ok || !answer.body) return answer.status;
    opened();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const split = events(heard);
    for (let part = await reader.read(); !part.done; part = await reader.read()) split(part.value);
    return answer.status;
  } catch {
    return 0;
  }
}

/** Takes text as it comes and calls `heard` for each whole event that has data. */
export function events(heard: (text: string, id: string) => void): (text: string) => void {
  let [rest, data, id]: [string, string[], string] = ["", [], ""];
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [name, value] = [line.replace(/:.*$/s, ""), line.replace(/^[^:]*: ?/, "")];
      if (line === "") {
        if (data.length) heard(data.join("\n"), id);
        data = [];
      } else if (name === "data") data.push(value);
      else if (name === "id") id = value;
    }
  };
}
