/** Rows of a server-side key: one (`docs/flagsmith/projects.md#server-side-keys`). */
import { serverKeyRow } from "../../flagsmith/models/projects.ts";
import { declared, type KindRows, parentOf, updateOwn } from "../rows.ts";
import { serverSideEnvironmentKeyLive } from "./live.ts";
import type { ServerSideEnvironmentKeyFields } from "./spec.ts";

const TABLE = "environments_environmentapikey";

/** Writes server-side keys. */
export const serverSideEnvironmentKeyRows: KindRows<ServerSideEnvironmentKeyFields> = {
  mapping: serverSideEnvironmentKeyLive,
  samples: {
    environments_environmentapikey: serverKeyRow({ id: 0, key: "", name: "", environment: 0, now: "" }),
  },
  create(fields, resource, { batch, clock, idOf, serverKey }) {
    const id = batch.newId(TABLE);
    const row = serverKeyRow({
      id,
      key: fields.key?.reveal() ?? serverKey(),
      name: fields.name,
      environment: idOf(parentOf(resource)),
      now: clock.tick(),
    });
    return {
      id,
      row: batch.insert(TABLE, { ...row, ...declared(serverSideEnvironmentKeyLive.columns(fields)) }),
    };
  },
  rotate(fields, _resource, live, context) {
    updateOwn(TABLE, live, { key: fields.key?.reveal() ?? context.serverKey() }, context);
    return undefined;
  },
  update(_fields, _resource, live, after, context) {
    updateOwn(TABLE, live, after, context);
  },
};
