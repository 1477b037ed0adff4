/** What a file declares and no comparison of columns shows. Pure. */
import type { LastEvent } from "../log/events.ts";
import type { Resource } from "../graph/resource.ts";
import type { LiveRow } from "../kinds/live.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";

/**
 * True when something differs that an update does not write: a key that is replaced by `rotate` only, versioning, which the
 * application itself begins and ends, and what only the log holds.
 */
export function differsUnread(resource: Resource, live: LiveRow, event: LastEvent | undefined): boolean {
  const { declaration, kind } = resource;
  if (declaration === undefined) return false;
  const isLogged = (ALL_SPECS[kind].loggedOnly ?? []).every((field) => {
    const wanted: unknown = Reflect.get(declaration.fields, field);
    return wanted === undefined || wanted === event?.details[field];
  });
  if (!isLogged) return true;
  return LIVE_TABLES[kind].differsUnwritten?.(declaration.fields, live) === true;
}
