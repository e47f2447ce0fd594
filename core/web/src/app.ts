import "./htmx.ts";
import "./controls.ts";
import "./dialogs.ts";
import "./times.ts";
import "./grid/element.ts";
import "./charts/element.ts";
import "./live/parts.ts";
import "./live/job.ts";
