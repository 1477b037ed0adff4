/** Rows of a project: one (`contract.md` 2.2). */
import { projectRow } from "../../flagsmith/models/projects.ts";
import { declared, type KindRows, parentOf, updateOwn } from "../rows.ts";
import { projectLive } from "./live.ts";
import type { ProjectFields } from "./spec.ts";

/** Writes projects. */
export const projectRows: KindRows<ProjectFields> = {
  create(fields, resource, { batch, clock, uuid, idOf }) {
    const id = batch.newId("projects_project");
    const row = projectRow({
      id,
      name: fields.name,
      organisation: idOf(parentOf(resource)),
      now: clock.tick(),
      uuid: uuid(),
    });
    return {
      id,
      row: batch.insert("projects_project", { ...row, ...declared(projectLive.columns(fields)) }),
    };
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("projects_project", live, after, context);
  },
};
