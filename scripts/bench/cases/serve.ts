/** A reset of the E2E set through `serve`, warm. */
import { start } from "../../../tests/support/program.ts";
import { requestReset, TOKEN } from "../../../tests/support/serving.ts";
import { copyIn, copyOut } from "../copy_floor.ts";
import { median } from "../figure.ts";
import { startMeter } from "../../../tests/support/meter.ts";
import type { Case } from "../world.ts";

/** How many resets a run of the case times. */
const RESETS = 10;

/** Floor: the rows of the set, without the tool's own log, by plain COPY in one transaction. */
export const serve: Case = {
  name: "serve",
  async measure(world) {
    const database = await world.create();
    const resets = await reset(database.url, RESETS * world.runs);
    const meter = startMeter(database.url);
    const [few, more] = [1, 2];
    await reset(meter.url, few);
    await reset(meter.url, few + more);
    const [first, second] = await meter.end();
    const template = await world.create();
    const tables = await copyOut(database.sql, template.sql);
    await template.drop();
    const floors: number[] = [];
    for (let run = 0; run < world.runs; run++) {
      const empty = await world.create();
      floors.push(await copyIn(empty.sql, tables));
      await empty.drop();
    }
    await database.drop();
    const common = { case: "E2E reset through serve, warm" };
    const trips = [((second?.trips ?? NaN) - (first?.trips ?? NaN)) / more];
    return [
      { ...common, what: "floor: COPY of the set's rows", unit: "s", samples: floors },
      {
        ...common,
        what: "from request to answer",
        unit: "s",
        samples: resets,
        limit: 0.15,
        floor: median(floors),
      },
      { ...common, what: "round trips of one reset", unit: "trips", samples: trips },
    ];
  },
};

/** Starts the server, asks for a first reset and then for `count` more; gives the seconds of those. */
async function reset(url: string, count: number): Promise<readonly number[]> {
  const process = start(["serve", "--preset", "e2e", "--listen", "127.0.0.1:0"], {
    env: {
      DATABASE_URL: url,
      E2E_TEST_AUTH_TOKEN: TOKEN,
      ENABLE_FE_E2E: "true",
    },
  });
  const errors = new Response(process.stderr).text();
  const lines = process.stdout.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  let out = "";
  let port: number | undefined;
  while (port === undefined) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`serve ended\n${out}${await errors}`);
    out += value;
    const [, found] = /^Listening on http:\/\/127\.0\.0\.1:(\d+)$/m.exec(out) ?? [];
    if (found !== undefined) port = Number(found);
  }
  const rest = (async () => {
    while (!(await reader.read()).done);
  })();
  const times: number[] = [];
  for (let at = 0; at <= count; at++) {
    const begin = performance.now();
    const { status, body } = await requestReset(port);
    if (status !== 204) throw new Error(`serve answers ${status} ${body}`);
    if (at > 0) times.push((performance.now() - begin) / 1000);
  }
  process.kill("SIGTERM");
  await process.status;
  await rest;
  await errors;
  return times;
}
