import { call } from "../requests.ts";

export type Portlet = {
  id?: string;
  portlet_type: string;
  x: number;
  y: number;
  w: number;
  h: number;
  is_visible: boolean;
  is_locked: boolean;
  config: Record<string, unknown>;
};
export type Layout = { version: string; portlets: Portlet[] };

export const load = (url: string): Promise<Layout> => call<Layout>("GET", url);
export const save = (url: string, layout: Layout): Promise<Layout> => call<Layout>("PUT", url, layout);
