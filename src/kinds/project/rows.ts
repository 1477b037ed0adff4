/** Rows of a project: one (`docs/flagsmith/projects.md#projects`). */
import { projectRow } from "../../flagsmith/models/projects.ts";
import { declared, type KindRows, parentOf, updateOwn } from "../rows.ts";
import { projectLive } from "./live.ts";
import type { ProjectFields } from "./spec.ts";

/** Columns that are part of the document of each environment, which SDKs with local evaluation keep. */
const IN_DOCUMENTS = ["name", "hide_disabled_flags", "enable_realtime_updates"];

/** Writes projects. */
export const projectRows: KindRows<ProjectFields> = {
  mapping: projectLive,
  samples: {
    projects_project: projectRow({ id: 0, name: "", organisation: 0, now: "", uuid: "" }),
  },
  create(fields, resource, { batch, clock, uuid, idOf, defaults }) {
    const id = batch.newId("projects_project");
    const row = projectRow({
      id,
      name: fields.name,
      organisation: idOf(parentOf(resource)),
      now: clock.tick(),
      uuid: uuid(),
    });
    const wished = { ...defaults("projects_project"), ...declared(projectLive.columns(fields)) };
    return { id, row: batch.insert("projects_project", { ...row, ...wished }) };
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("projects_project", live, after, context);
    if (IN_DOCUMENTS.some((column) => column in after)) context.batch.touchProject(live.id);
  },
};
