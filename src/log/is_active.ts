/** Whether the log says that an entity is ours. */
import type { LastEvent } from "./events.ts";

/** True when the newest event says that the entity is ours, or was changed by us: a teardown closes that. */
export function isActive(event: LastEvent | undefined): event is LastEvent {
  if (event === undefined || event.event === "deleted") return false;
  return event.event !== "restored" || event.contentHash !== undefined;
}
