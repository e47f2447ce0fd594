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
  locked?: string[];
  is_mandatory?: boolean;
  mandatory_until?: string | null;
};
export type Layout = { version: string; portlets: Portlet[] };
export type Preview = { config: Record<string, unknown>; errors: Record<string, string>; fault: string; state: string; html: string };
export type Tab = { id: string; title: string; portlets: number; is_first: boolean };

export const load = (url: string): Promise<Layout> => call<Layout>("GET", url);
export const save = (url: string, layout: Layout): Promise<Layout> => call<Layout>("PUT", url, layout);
export const preview = (portlet_type: string, fields: [string, string][]): Promise<Preview> =>
  call<Preview>("POST", "/api/v1/portal/preview", { portlet_type, fields });
