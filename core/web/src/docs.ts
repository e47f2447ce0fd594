// <maru-openapi>: reads an OpenAPI file and lists what it describes. Our own, because the known viewers
// write inline styles, which our policy refuses.
import { element } from "./words.ts";

type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  description?: string;
  default?: unknown;
  const?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
};
type Content = Record<string, { schema?: Schema }>;
type Parameter = { name: string; in: string; required?: boolean; description?: string; schema?: Schema };
type Operation = {
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content?: Content };
  responses?: Record<string, { description?: string; content?: Content }>;
};
type Description = { paths: Record<string, Record<string, Operation>>; components?: { schemas?: Record<string, Schema> } };

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEEPEST = 4;

class MaruOpenapi extends HTMLElement {
  private schemas: Record<string, Schema> = {};

  async connectedCallback(): Promise<void> {
    try {
      const response = await fetch(this.dataset.src ?? "/openapi.json", { credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      this.draw((await response.json()) as Description);
    } catch {
      this.replaceChildren(element("div", { class: "note bad", role: "alert", text: this.dataset.failed ?? "" }));
    }
  }

  private draw(description: Description): void {
    this.schemas = description.components?.schemas ?? {};
    const groups = new Map<string, HTMLElement[]>();
    for (const [path, item] of Object.entries(description.paths)) {
      for (const method of METHODS) {
        const operation = item[method];
        if (!operation) continue;
        const tag = operation.tags?.[0] ?? path.split("/")[3] ?? "/";
        groups.set(tag, [...(groups.get(tag) ?? []), this.operation(method, path, operation)]);
      }
    }
    const sections = [...groups].map(([tag, parts]) => element("section", { class: "api-group" }, element("h2", { text: tag }), ...parts));
    this.replaceChildren(this.filter(), ...sections);
  }

  private filter(): HTMLElement {
    const label = this.dataset.filter ?? "";
    const input = element("input", { type: "search", class: "input", "aria-label": label, placeholder: label });
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const part of this.querySelectorAll<HTMLElement>("details.operation")) {
        part.hidden = !part.querySelector("summary")?.textContent?.toLowerCase().includes(wanted);
      }
      for (const group of this.querySelectorAll<HTMLElement>(".api-group")) {
        group.hidden = !group.querySelector("details.operation:not([hidden])");
      }
    });
    return input;
  }

  private operation(method: string, path: string, operation: Operation): HTMLElement {
    const summary = element(
      "summary",
      {},
      element("span", { class: `method ${method}`, text: method.toUpperCase() }),
      element("code", { text: path }),
      element("span", { class: "muted", text: operation.summary ?? "" }),
    );
    const part = element("details", { class: "operation card" }, summary);
    // A large file has hundreds of operations: each is drawn when it is opened.
    part.addEventListener("toggle", () => part.children.length === 1 && part.append(this.inside(operation)), { once: true });
    return part;
  }

  private inside(operation: Operation): HTMLElement {
    const box = element("div", { class: "body stack" });
    if (operation.description) box.append(element("p", { text: operation.description }));
    const parameters = operation.parameters ?? [];
    if (parameters.length) {
      const rows = parameters.map((one) => this.row(one.name, one.schema ?? {}, one.required ?? false, one.in, one.description));
      box.append(this.chapter(this.dataset.parameters, element("ul", { class: "schema" }, ...rows)));
    }
    const body = operation.requestBody?.content;
    if (body) box.append(this.chapter(this.dataset.body, ...this.contents(body)));
    const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) =>
      element("div", { class: "answer" }, element("span", { class: `badge ${status < "300" ? "good" : status < "400" ? "" : "warn"}`, text: status }), element("span", { text: ` ${answer.description ?? ""}` }), ...this.contents(answer.content ?? {})),
    );
    box.append(this.chapter(this.dataset.answers, ...answers));
    return box;
  }

  private chapter(title: string | undefined, ...inside: HTMLElement[]): HTMLElement {
    return element("div", {}, element("h3", { text: title ?? "" }), ...inside);
  }

  private contents(content: Content): HTMLElement[] {
    return Object.entries(content).map(([type, { schema }]) =>
      element("div", {}, element("span", { class: "muted small", text: type }), schema ? this.schema(schema, new Set()) : ""),
    );
  }

  private resolve(schema: Schema): { schema: Schema; name: string } {
    const name = schema.$ref?.split("/").pop() ?? "";
    return { schema: name ? { ...(this.schemas[name] ?? {}), ...(schema.description ? { description: schema.description } : {}) } : schema, name };
  }

  private typeOf(given: Schema): string {
    const { schema, name } = this.resolve(given);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return choices.map((one) => this.typeOf(one)).join(" | ");
    if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.items) return `${this.typeOf(schema.items)}[]`;
    const type = Array.isArray(schema.type) ? schema.type.join(" | ") : (schema.type ?? "any");
    return name || (schema.format ? `${type} (${schema.format})` : type);
  }

  private limits(schema: Schema): string {
    const parts: string[] = [];
    if (schema.minimum !== undefined) parts.push(`≥ ${schema.minimum}`);
    if (schema.maximum !== undefined) parts.push(`≤ ${schema.maximum}`);
    if (schema.minLength !== undefined || schema.maxLength !== undefined) parts.push(`${schema.minLength ?? 0}–${schema.maxLength ?? "∞"}`);
    if (schema.default !== undefined && schema.default !== null) parts.push(`= ${JSON.stringify(schema.default)}`);
    return parts.join(", ");
  }

  private row(name: string, schema: Schema, needed: boolean, place = "", said = "", seen = new Set<string>()): HTMLElement {
    const about = said || this.resolve(schema).schema.description || "";
    const row = element("li", {}, element("code", { text: name }), element("span", { class: "type", text: this.typeOf(schema) }));
    if (needed) row.append(element("span", { class: "badge accent", text: this.dataset.needed ?? "" }));
    const notes = [place, this.limits(this.resolve(schema).schema)].filter(Boolean).join(" · ");
    if (notes) row.append(element("span", { class: "muted small", text: notes }));
    if (about) row.append(element("p", { class: "muted small", text: about }));
    const nested = this.schema(schema, seen, true);
    if (nested) row.append(nested);
    return row;
  }

  /** The properties of an object, or of an array's objects; what contains itself is shown once. */
  private schema(given: Schema, seen: Set<string>, inner?: false): HTMLElement;
  private schema(given: Schema, seen: Set<string>, inner: true): HTMLElement | null;
  private schema(given: Schema, seen: Set<string>, inner = false): HTMLElement | null {
    const { schema, name } = this.resolve(given);
    const choice = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.find((one) => one.$ref ?? one.properties ?? one.items);
    if (choice) return inner ? this.schema(choice, seen, true) : this.schema(choice, seen);
    if (schema.items) return inner ? this.schema(schema.items, seen, true) : this.schema(schema.items, seen);
    if (!schema.properties || seen.has(name) || seen.size >= DEEPEST) {
      return inner ? null : element("p", { class: "type", text: this.typeOf(given) });
    }
    const within = name ? new Set([...seen, name]) : seen;
    const rows = Object.entries(schema.properties).map(([key, part]) => this.row(key, part, schema.required?.includes(key) ?? false, "", "", within));
    return element("ul", { class: "schema" }, ...rows);
  }
}

customElements.define("maru-openapi", MaruOpenapi);
