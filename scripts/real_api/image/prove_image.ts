/** The drop-in of `deploy/flagsmith-image` on a real Flagsmith: its commands, its start, its end-to-end reset. */
import type { World } from "../world.ts";
import { checkBootstrap } from "./check_bootstrap.ts";
import { checkColumnDefaults } from "./check_column_defaults.ts";
import { checkProvision } from "./check_provision.ts";
import { checkSignals } from "./check_signals.ts";
import { checkStart } from "./check_start.ts";
import { layOut } from "./layout.ts";

/** Checks everything that the image's read-me file promises. */
export async function proveImage(world: World): Promise<void> {
  const image = await layOut(world);
  await checkProvision(world, image);
  await checkBootstrap(world, image);
  await checkColumnDefaults(world, image);
  await checkStart(world, image);
  await checkSignals(world, image);
}
